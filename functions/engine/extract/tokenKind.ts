import type { JsonObject } from '../model/json.ts';

/** What a token belongs to. */
export type TokenKind = 'personal' | 'project' | 'group' | 'service account';

/** A token's kind, and the project or group whose bot its user is. */
export interface TokenOwner {
  readonly kind: TokenKind;
  readonly ownerId: string | undefined;
}

const BOT = /^(project|group)_(\d+)_bot(?:_?[0-9a-z]+)?$/;
const SERVICE_ACCOUNT = /^service_account_/;

/** Tells by its user what a token belongs to: the bots of projects and groups have names of their own. */
export function tokenOwner(user: JsonObject): TokenOwner {
  const username = typeof user['username'] === 'string' ? user['username'] : '';
  const [, scope, id] = BOT.exec(username) ?? [];
  if (scope === 'project' || scope === 'group') return { kind: scope, ownerId: id };
  const isService = SERVICE_ACCOUNT.test(username) || user['user_type'] === 'service_account';
  return { kind: isService ? 'service account' : 'personal', ownerId: undefined };
}
