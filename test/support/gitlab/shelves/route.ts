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
import type { Entry } from '../world/stock.ts';
import { listedEntries } from './listed.ts';
import { fieldText, findEntry, mayRead, objectOf, textOf } from './objects.ts';
import type { Place, Shelf } from './shelf.ts';
import { stackIn } from './stacks.ts';

/** Answers the list of a shelf, or its one object. */
export function listShelf(shelf: Shelf): Handler {
  return (context) => {
    const place = placeOf(context, shelf);
    if (shelf.size === 'one') return only(context, shelf, place);
    const entries = listedEntries(context, shelf, place);
    const texts = (some: readonly Entry[]): readonly Buffer[] =>
      some.map((entry) => textOf(context.world, shelf, place, entry));
    if (shelf.pages === 'unpaged') return jsonList(texts(entries), {});
    if (context.query.get('pagination') === 'keyset')
      return keysetPage(context, shelf, place, entries);
    return offsetPage(context, {
      total: entries.length,
      slice: (from, to) => texts(entries.slice(from, to)),
      ...(shelf.pages === 'uncounted' ? { totals: 'never' } : {}),
    });
  };
}

/** Answers one row of a shelf. */
export function showShelf(shelf: Shelf, field: string): Handler {
  return (context) => {
    const place = placeOf(context, shelf);
    const entry = findEntry(context.world, shelf, place, [field, parameter(context, 'row')]);
    if (entry === undefined) throw refuse(404, '404 Not found');
    return objectReply(textOf(context.world, shelf, place, entry));
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
  const entry = findEntry(context.world, below.shelf, place, name);
  if (entry === undefined) throw refuse(404, '404 Not found');
  return { ...place, parent: { shelf: below.shelf, entry } };
}

function ownerOf(context: Context, { scope }: Shelf): Place {
  if (scope === 'project') return { project: projectOf(context) };
  return scope === 'group' ? { group: groupOf(context) } : {};
}

function only(context: Context, shelf: Shelf, place: Place): Reply {
  const [entry] = stackIn(context.world, shelf, place).entries;
  if (entry === undefined) throw refuse(404, '404 Not found');
  return objectReply(textOf(context.world, shelf, place, entry));
}

function objectReply(body: Buffer): Reply {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

function keysetPage(
  context: Context,
  shelf: Shelf,
  place: Place,
  entries: readonly Entry[],
): Reply {
  const { world } = context;
  const keyset = KEYSETS[shelf.pages ?? 'offset'];
  if (keyset === undefined) throw keysetRefused();
  const keys = entries.map((entry) =>
    fieldText(objectOf(world, shelf, place, entry), keyset.field),
  );
  const from = keyset.start(context, keys);
  const page = entries.slice(from, from + perPage(context));
  const last = keys[from + page.length - 1];
  const hasNext = last !== undefined && from + page.length < entries.length;
  return jsonList(
    page.map((entry) => textOf(world, shelf, place, entry)),
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
