import type { IncomingHttpHeaders } from 'node:http';

import type { Viewer } from './access.ts';
import { json, Refusal, refuse } from './reply.ts';
import type { Need } from './router.ts';
import { existing, type Token, type World } from './world/model.ts';

const REASONS = {
  revoked: 'Token was revoked. You have to re-authorize from the user.',
  expired: 'Token is expired. You can either do re-authorization or token refresh.',
} as const;

/** The token that a request carries, as a bearer or in `PRIVATE-TOKEN`; undefined without one. */
export function tokenText(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer (.+)$/iu.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const own = headers['private-token'];
  return typeof own === 'string' ? own : undefined;
}

/** Who sent the request; refuses with 401 when the token is missing, unknown, revoked or expired. */
export function authenticate(world: World, text: string | undefined): Viewer {
  const token = text === undefined ? undefined : world.tokens.get(text);
  if (token === undefined) throw refuse(401, '401 Unauthorized');
  if (token.state !== 'active') throw invalidToken(REASONS[token.state]);
  return { who: token.who, user: existing(world.users, token.userId), token: token.text };
}

/** Refuses with 403 when the token's scopes or its user's rights are not enough. */
export function authorize(world: World, viewer: Viewer, need: Need): void {
  const { scopes } = existing(world.tokens, viewer.token);
  if (!hasScope(scopes, need)) throw insufficientScope(need);
  if (need.startsWith('admin') && !viewer.user.isAdmin) throw refuse(403, '403 Forbidden');
}

function hasScope(scopes: Token['scopes'], need: Need): boolean {
  if (need.endsWith('write')) return scopes.includes('api');
  if (need === 'token' || scopes.includes('read_api') || scopes.includes('api')) return true;
  return need === 'user' && scopes.includes('read_user');
}

function insufficientScope(need: Need): Refusal {
  const reading = need === 'user' ? 'api read_api read_user' : 'api read_api';
  const scope = need.endsWith('write') ? 'api' : reading;
  const description = 'The request requires higher privileges than provided by the access token.';
  return new Refusal(
    json({ error: 'insufficient_scope', error_description: description, scope }, {}, 403),
  );
}

function invalidToken(reason: string): Refusal {
  return new Refusal(json({ error: 'invalid_token', error_description: reason }, {}, 401));
}
