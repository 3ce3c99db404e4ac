import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** A private key and the public key that is certified, both as PEM. */
export interface ClientKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

const generate = promisify(generateKeyPair);

/** Generates the RSA key of the client certificates in a thread of its own, which takes 50 to 200 ms. */
export function generateClientKeys(): Promise<ClientKeys> {
  return generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
