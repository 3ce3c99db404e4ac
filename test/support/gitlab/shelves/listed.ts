import { type Context, word } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { reject } from '../reply.ts';
import { date, DAY } from '../time.ts';
import { compareNames } from '../world/branches.ts';
import { remember } from '../world/model.ts';
import type { Entry } from '../world/stock.ts';
import { fieldText, objectOf } from './objects.ts';
import type { Filter, Place, Shelf } from './shelf.ts';
import { ownerId, stackIn } from './stacks.ts';

/** The rows that a request's filters let pass, in the order that it asks for. */
export function listedEntries(context: Context, shelf: Shelf, place: Place): readonly Entry[] {
  const [first = 'id', ...others] = shelf.orders ?? [];
  const order = word(context, 'order_by', { words: [first, ...others], fallback: first });
  const sort = word(context, 'sort', { words: ['asc', 'desc'], fallback: shelf.sort ?? 'desc' });
  const ordered = orderedEntries(context, shelf, place, { order, sort });
  const tests = [
    ...(shelf.filters ?? []).flatMap((filter) => filterTests(context, filter)),
    ...wordTests(context, shelf, place),
  ];
  return tests.length === 0
    ? ordered
    : ordered.filter((entry) => tests.every((test) => test(entry)));
}

interface Order {
  readonly order: string;
  readonly sort: string;
}

function orderedEntries(
  { world }: Context,
  shelf: Shelf,
  place: Place,
  { order, sort }: Order,
): readonly Entry[] {
  const stack = stackIn(world, shelf, place);
  const owner = place.parent?.entry.id ?? ownerId(place);
  const key = `${shelf.name} of ${String(owner)} by ${order} ${sort}`;
  return remember(world, key, () => {
    const direction = sort === 'asc' ? 1 : -1;
    if (order === 'name') {
      const named = stack.entries.map(
        (entry) => [nameOf(objectOf(world, shelf, place, entry)), entry] as const,
      );
      return named
        .toSorted(([one], [other]) => direction * compareNames(one, other))
        .map(([, entry]) => entry);
    }
    const value = valueBy(order);
    return stack.entries.toSorted(
      (one, other) => direction * (value(one) - value(other) || one.id - other.id),
    );
  });
}

function nameOf(object: JsonObject): string {
  return fieldText(object, 'name') || fieldText(object, 'tag_name') || fieldText(object, 'key');
}

function valueBy(order: string): (entry: Entry) => number {
  if (order === 'updated_at') return ({ updatedAt }) => updatedAt;
  return order === 'id' ? ({ id }) => id : ({ createdAt }) => createdAt;
}

type Test = (entry: Entry) => boolean;

function filterTests(context: Context, filter: Filter): readonly Test[] {
  switch (filter) {
    case 'updated-paired':
      requireOrder(context);
      return between(context, ['updated_after', 'updated_before'], ({ updatedAt }) => updatedAt);
    case 'updated':
      return between(context, ['updated_after', 'updated_before'], ({ updatedAt }) => updatedAt);
    case 'created-within-30-days':
      requireShort(context);
      return filterTests(context, 'created');
    case 'created':
      return between(context, ['created_after', 'created_before'], ({ createdAt }) => createdAt);
    case 'since':
      return between(context, ['since', 'until'], ({ createdAt }) => createdAt);
    case 'dates':
      return outsideDates(context);
  }
}

/** GitLab refuses a filter by change together with another order. */
function requireOrder({ query }: Context): void {
  const isFiltered = query.has('updated_after') || query.has('updated_before');
  if (isFiltered !== (query.get('order_by') === 'updated_at')) {
    throw reject(400, '`updated_at` filter and `updated_at` sorting must be paired');
  }
}

function requireShort(context: Context): void {
  const after = instant(context, 'created_after');
  const before = instant(context, 'created_before');
  if (after === undefined || before === undefined || before - after > 30 * DAY) {
    throw reject(400, 'created_after and created_before must be at most 30 days apart');
  }
}

function between(
  context: Context,
  [after, before]: readonly [string, string],
  value: (entry: Entry) => number,
): readonly Test[] {
  const from = instant(context, after);
  const to = instant(context, before);
  return [
    ...(from === undefined ? [] : [(entry: Entry) => value(entry) >= from]),
    ...(to === undefined ? [] : [(entry: Entry) => value(entry) <= to]),
  ];
}

function outsideDates({ query }: Context): readonly Test[] {
  const day = (name: string): string | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(text) || Number.isNaN(Date.parse(text))) {
      throw reject(400, `${name} is invalid`);
    }
    return text;
  };
  const after = day('after');
  const before = day('before');
  return [
    ...(after === undefined ? [] : [({ createdAt }: Entry) => date(createdAt) > after]),
    ...(before === undefined ? [] : [({ createdAt }: Entry) => date(createdAt) < before]),
  ];
}

function instant({ query }: Context, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw reject(400, `${name} is invalid`);
  return milliseconds;
}

function wordTests({ query, world }: Context, shelf: Shelf, place: Place): readonly Test[] {
  return Object.entries(shelf.words ?? {}).flatMap(([parameter, field]) => {
    const wanted = [...query.getAll(parameter), ...query.getAll(`${parameter}[]`)];
    if (wanted.length === 0 || wanted.includes('all')) return [];
    return [
      (entry: Entry) => wanted.includes(fieldText(objectOf(world, shelf, place, entry), field)),
    ];
  });
}
