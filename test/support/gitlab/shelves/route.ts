import { type Context, groupOf, type Handler, parameter, projectOf } from '../context.ts';
import {
  cursorOf,
  encodeCursor,
  keysetRefused,
  linkHeader,
  offsetPage,
  perPage,
} from '../pagination.ts';
import { jsonList, refuse, type Reply } from '../reply.ts';
import { listedItems } from './listed.ts';
import { fieldText, findItem, mayRead, objectOf, textOf } from './objects.ts';
import type { Item, Place, Shelf } from './shelf.ts';
import { stackIn } from './stock.ts';

/** Answers the list of a shelf, or its one object. */
export function listShelf(shelf: Shelf): Handler {
  return (context) => {
    const place = placeOf(context, shelf);
    if (shelf.size === 'one') return only(context, shelf, place);
    const items = listedItems(context, shelf, place);
    const texts = (some: readonly Item[]): readonly Buffer[] =>
      some.map((item) => textOf(context.world, shelf, place, item));
    if (shelf.pages === 'unpaged') return jsonList(texts(items), {});
    if (context.query.get('pagination') === 'keyset')
      return keysetPage(context, shelf, place, items);
    return offsetPage(context, {
      total: items.length,
      slice: (from, to) => texts(items.slice(from, to)),
      ...(shelf.pages === 'uncounted' ? { totals: 'never' } : {}),
    });
  };
}

/** Answers one row of a shelf. */
export function showShelf(shelf: Shelf, field: string): Handler {
  return (context) => {
    const place = placeOf(context, shelf);
    const item = findItem(context.world, shelf, place, [field, parameter(context, 'row')]);
    if (item === undefined) throw refuse(404, '404 Not found');
    return objectReply(textOf(context.world, shelf, place, item));
  };
}

function placeOf(context: Context, shelf: Shelf): Place {
  const place = ownerOf(context, shelf);
  const refusal = shelf.refusal?.(place) ?? shelf.below?.shelf.refusal?.(place);
  if (refusal !== undefined) throw refusal;
  if (!mayRead(context.world, context.viewer.who, shelf, place)) throw refuse(403, '403 Forbidden');
  const { below } = shelf;
  if (below === undefined) return place;
  const name = [below.field, parameter(context, 'parent')] as const;
  const item = findItem(context.world, below.shelf, place, name);
  if (item === undefined) throw refuse(404, '404 Not found');
  return { ...place, parent: { shelf: below.shelf, item } };
}

function ownerOf(context: Context, { scope }: Shelf): Place {
  if (scope === 'project') return { project: projectOf(context) };
  return scope === 'group' ? { group: groupOf(context) } : {};
}

function only(context: Context, shelf: Shelf, place: Place): Reply {
  const [item] = stackIn(context.world, shelf, place).items;
  if (item === undefined) throw refuse(404, '404 Not found');
  return objectReply(textOf(context.world, shelf, place, item));
}

function objectReply(body: Buffer): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

function keysetPage(context: Context, shelf: Shelf, place: Place, items: readonly Item[]): Reply {
  const { world } = context;
  const keyset = KEYSETS[shelf.pages ?? 'offset'];
  if (keyset === undefined) throw keysetRefused();
  const keys = items.map((item) => fieldText(objectOf(world, shelf, place, item), keyset.field));
  const from = keyset.start(context, keys);
  const page = items.slice(from, from + perPage(context));
  const last = keys[from + page.length - 1];
  const hasNext = last !== undefined && from + page.length < items.length;
  return jsonList(
    page.map((item) => textOf(world, shelf, place, item)),
    linkHeader(context, hasNext ? [['next', keyset.next(last)]] : []),
  );
}

interface Keyset {
  readonly field: string;
  /** Where the page begins among the keys of the list. */
  readonly start: (context: Context, keys: readonly string[]) => number;
  readonly next: (last: string) => Readonly<Record<string, string>>;
}

const KEYSETS: Partial<Record<NonNullable<Shelf['pages']>, Keyset>> = {
  'keyset-id': {
    field: 'id',
    start: (context, ids) => {
      const id = cursorOf(context)?.['id'];
      if (id === undefined) return 0;
      const position = ids.findIndex((other) => Number(other) < Number(id));
      return position < 0 ? ids.length : position;
    },
    next: (id) => ({ cursor: encodeCursor({ id }) }),
  },
  'keyset-name': {
    field: 'name',
    start: (context, names) => {
      const token = context.query.get('page_token') ?? '';
      if (token !== '' && !names.includes(token)) {
        throw refuse(422, `Invalid page token: refs/tags/${token}`);
      }
      return names.indexOf(token) + 1;
    },
    next: (name) => ({ page_token: name }),
  },
};
