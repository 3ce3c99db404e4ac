import { createHmac } from 'node:crypto';

/** Headers of a delivery that GitLab signs, as Standard Webhooks says. */
export function signedHeaders(
  body: string | Buffer,
  {
    secret,
    id,
    seconds,
  }: { readonly secret: string; readonly id: string; readonly seconds: number },
): Readonly<Record<string, string>> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const timestamp = Math.floor(seconds).toString();
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
}
