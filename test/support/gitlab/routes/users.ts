import type { Reader } from '../access.ts';
import {
  type Context,
  integerParameter,
  isSet,
  NEWEST_FIRST,
  parameter,
  readerOf,
  word,
} from '../context.ts';
import type { JsonObject } from '../json.ts';
import {
  cursorOf,
  encodeCursor,
  linkHeader,
  perPage,
  shownPage,
  wholeList,
} from '../pagination.ts';
import { json, refuse, reject, type Reply } from '../reply.ts';
import { utc } from '../time.ts';
import { remember, type User, type World } from '../world/model.ts';
import { attributeList } from '../world/ownership.ts';
import { adminUser, basicUser, publicUser } from '../world/users.ts';

const ORDERS = ['id', 'name', 'username', 'created_at', 'updated_at'] as const;

/** Accounts: by offset, or by keyset with a cursor. */
export function listUsers(context: Context): Reply {
  const order = word(context, 'order_by', { words: ORDERS, fallback: 'id' });
  const sort = word(context, 'sort', NEWEST_FIRST);
  const users = filtered(context, ordered(context.world, order, sort));
  const reader = readerOf(context);
  const show = (user: User): JsonObject => userFor(context.world, reader, user);
  if (context.query.get('pagination') !== 'keyset') {
    return shownPage(context, { values: users, show, limitedType: 'User' });
  }
  const from = startOf(context, users);
  const page = users.slice(from, from + perPage(context));
  const last = page.at(-1);
  const hasNext = last !== undefined && from + page.length < users.length;
  const next = hasNext
    ? [
        [
          'next',
          { cursor: encodeCursor({ [order]: orderKey(last, order), id: String(last.id) }) },
        ] as const,
      ]
    : [];
  return json(page.map(show), linkHeader(context, next));
}

/** One account. */
export function showUser(context: Context): Reply {
  const user = userOf(context);
  const { world, viewer } = context;
  return json(
    viewer.who === 'admin' ? userFor(world, readerOf(context), user) : publicUser(world, user),
  );
}

/** The account of the token. */
export function showCurrentUser(context: Context): Reply {
  const { world, viewer } = context;
  const { is_admin, ...rest } = adminUser(world, viewer.user);
  return json({ ...rest, ...(viewer.user.isAdmin && is_admin !== undefined ? { is_admin } : {}) });
}

/** The custom attributes of an account, for administrators. */
export function userAttributes(context: Context): Reply {
  if (context.viewer.who !== 'admin') throw refuse(403, '403 Forbidden');
  return wholeList(attributeList(userOf(context).customAttributes));
}

/** The account as this reader's list shows it; custom attributes only for administrators who ask. */
export function userFor(world: World, { who, attributes }: Reader, user: User): JsonObject {
  if (who !== 'admin') return basicUser(world, user);
  const extra =
    attributes === 'with' ? { custom_attributes: attributeList(user.customAttributes) } : {};
  return { ...adminUser(world, user), ...extra };
}

/** The token's own record, for the token itself. */
export function showOwnToken(context: Context): Reply {
  const token = context.world.tokens.get(context.viewer.token);
  if (token === undefined) throw refuse(404, '404 Not found');
  return json({
    id: token.id,
    name: token.name,
    revoked: token.state === 'revoked',
    created_at: utc(token.createdAt),
    description: null,
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: utc(token.createdAt + 60_000),
    active: token.state === 'active',
    expires_at: utc(token.expiresAt).slice(0, 10),
  });
}

function userOf(context: Context): User {
  const user = /^\d+$/u.test(parameter(context, 'id'))
    ? context.world.users.get(integerParameter(context, 'id'))
    : undefined;
  if (user === undefined) throw refuse(404, '404 User Not Found');
  return user;
}

function ordered(world: World, order: string, sort: string): readonly User[] {
  return remember(world, `users by ${order} ${sort}`, () => {
    const direction = sort === 'asc' ? 1 : -1;
    const keyed = [...world.users.values()].map((user) => [orderKey(user, order), user] as const);
    keyed.sort(([one, first], [other, second]) => {
      if (order === 'id' || one === other) return direction * (first.id - second.id);
      return one < other ? -direction : direction;
    });
    return keyed.map(([, user]) => user);
  });
}

function orderKey(user: User, order: string): string {
  switch (order) {
    case 'name':
      return user.name;
    case 'username':
      return user.username;
    case 'created_at':
      return utc(user.createdAt);
    case 'updated_at':
      return utc(user.updatedAt);
    default:
      return String(user.id);
  }
}

function startOf(context: Context, users: readonly User[]): number {
  const cursor = cursorOf(context);
  if (cursor === undefined) return 0;
  const position = users.findIndex(({ id }) => String(id) === cursor['id']);
  if (position < 0) throw reject(400, 'cursor is invalid');
  return position + 1;
}

function filtered(context: Context, users: readonly User[]): readonly User[] {
  const username = context.query.get('username');
  const activeOnly = isSet(context, 'active');
  const humansOnly = isSet(context, 'humans');
  return users.filter(
    (user) =>
      (username === null || user.username === username) &&
      (!activeOnly || user.state === 'active') &&
      (!humansOnly || !user.bot),
  );
}
