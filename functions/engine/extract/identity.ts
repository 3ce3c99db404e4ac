import { LoaderError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { blockedBy } from './blocked.ts';
import type { GitlabClient } from './client.ts';
import { wrongAnswer } from './failures.ts';
import { judge } from './status.ts';
import { type TokenKind, tokenOwner } from './tokenKind.ts';

/** Whose token it is, what it may do and which GitLab answers. */
export interface Identity {
  readonly isAdmin: boolean;
  readonly username: string;
  /** Undefined for tokens that are no access tokens, such as those of OAuth. */
  readonly kind: TokenKind | undefined;
  /** The project or group whose bot it is. */
  readonly ownerId: string | undefined;
  /** When the token was made; undefined when it does not tell. */
  readonly createdAt: string | undefined;
  /** Undefined when this kind of token does not tell. */
  readonly scopes: readonly string[] | undefined;
  /** A date, `2027-01-31`; undefined when the token does not expire or does not tell. */
  readonly expiresAt: string | undefined;
  readonly version: string | undefined;
  readonly enterprise: boolean | undefined;
}

/** Asks three times at most who the token is. Only `/user` must answer; a token that may not read is refused. */
export async function probe(
  client: Pick<GitlabClient, 'get'>,
  signal?: AbortSignal,
): Promise<Identity> {
  const user = await objectAt(client, '/user', signal);
  if (typeof user['username'] !== 'string')
    throw wrongAnswer('/user', 'an object without a username');
  const [token, metadata] = await Promise.all([
    optionalObjectAt(client, '/personal_access_tokens/self', signal),
    optionalObjectAt(client, '/metadata', signal),
  ]);
  const scopes = stringsIn(token['scopes']);
  requireScope(user['username'], scopes);
  const { kind, ownerId } = tokenOwner(user);
  return {
    kind: scopes === undefined ? undefined : kind,
    ownerId,
    createdAt: textIn(token['created_at']),
    isAdmin: user['is_admin'] === true,
    username: user['username'],
    scopes,
    expiresAt: textIn(token['expires_at']),
    version: textIn(metadata['version']),
    enterprise: typeof metadata['enterprise'] === 'boolean' ? metadata['enterprise'] : undefined,
  };
}

const READING_SCOPES: ReadonlySet<string> = new Set(['api', 'read_api']);

/** Throws when the token tells its scopes and none of them lets it read the API. */
function requireScope(username: string, scopes: readonly string[] | undefined): void {
  if (scopes === undefined || scopes.some((scope) => READING_SCOPES.has(scope))) return;
  throw new LoaderError(
    'E_GITLAB_AUTH',
    `The token of '${username}' has the scopes '${scopes.join("', '")}', but not 'read_api'.`,
  );
}

async function objectAt(
  client: Pick<GitlabClient, 'get'>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  const response = await client.get(path, { signal });
  const blocked = path === '/user' ? blockedBy(response) : undefined;
  if (blocked !== undefined) throw blocked;
  const verdict = judge(response, { 404: 'another web site' });
  if (verdict !== 'records' || !isJsonObject(response.json)) {
    throw wrongAnswer(path, 'something that is not an object', { status: response.status });
  }
  return response.json;
}

async function optionalObjectAt(
  client: Pick<GitlabClient, 'get'>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  try {
    return await objectAt(client, path, signal);
  } catch (error) {
    if (error instanceof LoaderError) return {};
    throw error;
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function stringsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((member): member is string => typeof member === 'string');
}
