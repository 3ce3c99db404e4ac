import { existing, type Token, type User, type World } from './model.ts';
import { touch } from './touch.ts';

/** Changes an account. */
export function updateUser(world: World, userId: number, change: Partial<Omit<User, 'id'>>): void {
  world.users.set(userId, { ...existing(world.users, userId), ...change, updatedAt: touch(world) });
}

/** Sets the member's own role in a project; 0 takes it away. */
export function setMemberRole(world: World, projectId: number, role: number): void {
  if (role === 0) world.projectRoles.delete(projectId);
  else world.projectRoles.set(projectId, role);
  touch(world);
}

/** Sets the member's own role in a group; 0 takes it away. */
export function setMemberGroupRole(world: World, groupId: number, role: number): void {
  if (role === 0) world.groupRoles.delete(groupId);
  else world.groupRoles.set(groupId, role);
  touch(world);
}

/** Makes every later request with the token fail with 401. */
export function revokeToken(world: World, token: string): void {
  setToken(world, token, 'revoked');
}

/** Makes every later request with the token fail with 401, as after its last day. */
export function expireToken(world: World, token: string): void {
  setToken(world, token, 'expired');
}

/** Makes a token valid again. */
export function restoreToken(world: World, token: string): void {
  setToken(world, token, 'active');
}

/** Replaces parts of what belongs to the instance, e.g. its CI variables. */
export function updateInstance(world: World, change: Partial<World['instance']>): void {
  world.instance = { ...world.instance, ...change };
  touch(world);
}

function setToken(world: World, text: string, state: Token['state']): void {
  world.tokens.set(text, { ...existing(world.tokens, text), state });
  touch(world);
}

/** Gives a token another scope. */
export function addScope(world: World, text: string, scope: string): void {
  const token = existing(world.tokens, text);
  world.tokens.set(text, { ...token, scopes: [...token.scopes, scope] });
  touch(world);
}
