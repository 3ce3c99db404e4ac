import { type Context, word } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { reject } from '../reply.ts';
import { date } from '../time.ts';
import { compareNames } from '../world/branches.ts';
import { remember } from '../world/model.ts';
import { fieldText, objectOf } from './objects.ts';
import type { Filter, Item, Place, Shelf } from './shelf.ts';
import { ownerId, stackIn } from './stock.ts';

/** The rows that a request's filters let pass, in the order that it asks for. */
export function listedItems(context: Context, shelf: Shelf, place: Place): readonly Item[] {
  const [first = 'id', ...others] = shelf.orders ?? [];
  const order = word(context, 'order_by', { words: [first, ...others], fallback: first });
  const sort = word(context, 'sort', { words: ['asc', 'desc'], fallback: shelf.sort ?? 'desc' });
  const ordered = orderedItems(context, shelf, place, { order, sort });
  const tests = [
    ...(shelf.filters ?? []).flatMap((filter) => filterTests(context, filter)),
    ...wordTests(context, shelf, place),
  ];
  return tests.length === 0 ? ordered : ordered.filter((item) => tests.every((test) => test(item)));
}

interface Order {
  readonly order: string;
  readonly sort: string;
}

function orderedItems(
  { world }: Context,
  shelf: Shelf,
  place: Place,
  { order, sort }: Order,
): readonly Item[] {
  const stack = stackIn(world, shelf, place);
  const owner = place.parent?.item.id ?? ownerId(place);
  const key = `${shelf.name} of ${String(owner)} by ${order} ${sort}`;
  return remember(world, key, () => {
    const direction = sort === 'asc' ? 1 : -1;
    if (order === 'name') {
      const named = stack.items.map(
        (item) => [nameOf(objectOf(world, shelf, place, item)), item] as const,
      );
      return named
        .toSorted(([one], [other]) => direction * compareNames(one, other))
        .map(([, item]) => item);
    }
    const value = valueBy(order);
    return stack.items.toSorted(
      (one, other) => direction * (value(one) - value(other) || one.id - other.id),
    );
  });
}

function nameOf(object: JsonObject): string {
  return fieldText(object, 'name') || fieldText(object, 'tag_name') || fieldText(object, 'key');
}

function valueBy(order: string): (item: Item) => number {
  if (order === 'updated_at') return ({ updatedAt }) => updatedAt;
  return order === 'created_at' ? ({ createdAt }) => createdAt : ({ id }) => id;
}

type Test = (item: Item) => boolean;

function filterTests(context: Context, filter: Filter): readonly Test[] {
  switch (filter) {
    case 'updated-paired':
      requireOrder(context);
      return between(context, ['updated_after', 'updated_before'], ({ updatedAt }) => updatedAt);
    case 'updated':
      return between(context, ['updated_after', 'updated_before'], ({ updatedAt }) => updatedAt);
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

function between(
  context: Context,
  [after, before]: readonly [string, string],
  value: (item: Item) => number,
): readonly Test[] {
  const from = instant(context, after);
  const to = instant(context, before);
  return [
    ...(from === undefined ? [] : [(item: Item) => value(item) >= from]),
    ...(to === undefined ? [] : [(item: Item) => value(item) <= to]),
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
    ...(after === undefined ? [] : [({ createdAt }: Item) => date(createdAt) > after]),
    ...(before === undefined ? [] : [({ createdAt }: Item) => date(createdAt) < before]),
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
    return [(item: Item) => wanted.includes(fieldText(objectOf(world, shelf, place, item), field))];
  });
}
