import { isJsonObject } from '../model/json.ts';
import { type GitlabAddress, urlBelow } from './baseUrl.ts';
import { wrongAnswer } from './failures.ts';
import type { Identity } from './identity.ts';
import type { Transport } from './transport.ts';

/** What became of a request for a new token. */
export type Rotation =
  | { readonly outcome: 'rotated'; readonly token: string; readonly expiresAt: string | undefined }
  /** GitLab said no; the token is as it was. */
  | { readonly outcome: 'refused'; readonly status: number }
  /** No whole answer came, so the token may have been replaced. */
  | { readonly outcome: 'unknown' };

/** Scopes that allow a token to replace itself. */
export const ROTATING_SCOPES: readonly string[] = ['api', 'self_rotate'];

/** The path that replaces a token of this kind; bots of projects and groups have one of their own. */
export function rotationPath({ kind, ownerId }: Pick<Identity, 'kind' | 'ownerId'>): string {
  if (ownerId === undefined) return '/personal_access_tokens/self/rotate';
  return `/${kind === 'group' ? 'groups' : 'projects'}/${ownerId}/access_tokens/self/rotate`;
}

/**
 * Asks once for a new token. Never repeated: GitLab takes a second rotation of the same token for a theft and revokes
 * all that came from it.
 */
export async function requestRotation(
  { address, transport }: { readonly address: GitlabAddress; readonly transport: Transport },
  {
    path,
    token,
    expiresAt,
  }: { readonly path: string; readonly token: string; readonly expiresAt: string },
): Promise<Rotation> {
  const url = urlBelow(address, path);
  if (url === undefined) throw wrongAnswer(path, 'nothing: the path leaves the API');
  const json = { expires_at: expiresAt };
  const sent = await transport.send({ method: 'POST', url, request: path, token, json });
  if (sent.kind !== 'answer') return { outcome: 'unknown' };
  const { status, json: body } = sent.response;
  if (status >= 500) return { outcome: 'unknown' };
  if (status >= 300) return { outcome: 'refused', status };
  const made = isJsonObject(body) ? body : {};
  if (typeof made['token'] !== 'string' || made['token'] === '') return { outcome: 'unknown' };
  const end = made['expires_at'];
  return {
    ...{ outcome: 'rotated', token: made['token'] },
    expiresAt: typeof end === 'string' ? end : undefined,
  };
}
