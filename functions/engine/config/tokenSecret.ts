import type { NamedSecret } from '../google/secretApi.ts';
import type { SecretManager } from '../google/secretManager.ts';
import type { TokenStore } from '../model/tokenStore.ts';

/**
 * Keeps the token in a secret, as a new version that is the latest one at once; versions before it stay as they are, and
 * a rotation leaves two of them: the proof, which is the old token again, and the new token.
 */
export function tokenSecret(named: NamedSecret, manager: SecretManager): TokenStore {
  const place = `the secret '${named.secret}'`;
  return {
    place,
    unfinished: () => Promise.resolve(undefined),
    async prepare(current) {
      await manager.add(named, current);
      return {
        rescue: place,
        keep: (token) => manager.add(named, token),
        install: () => Promise.resolve(),
        discard: () => Promise.resolve(),
      };
    },
  };
}
