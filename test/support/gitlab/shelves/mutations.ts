import type { JsonObject } from '../json.ts';
import { existing, type World } from '../world/model.ts';
import { touch } from '../world/touch.ts';
import { shelfNamed } from './all.ts';
import type { Item, Place, Shelf } from './shelf.ts';
import { idOf, type Stack, stackIn } from './stock.ts';

/** A project's or group's id, 0 for the instance, with the id of the row that rows stand below. */
export type Where = number | readonly [owner: number, parent: number];

/** Adds the newest row of a shelf, with these fields instead of its own; it changes what it stands below. */
export function insertRow(world: World, name: string, where: Where, change: JsonObject = {}): Item {
  const { shelf, place, stack } = find(world, name, where);
  const now = stir(world, place);
  const ordinal = stack.next;
  stack.next += 1;
  const item = { id: idOf(shelf, place, ordinal), ordinal, createdAt: now, updatedAt: now, change };
  stack.items.push(item);
  return item;
}

/** Changes fields of a row and moves its `updated_at`. */
export function updateRow(world: World, { name, where, id }: RowName, change: JsonObject): Item {
  const { place, stack } = find(world, name, where);
  return replace(stack, id, { change, updatedAt: stir(world, place) });
}

/** Which row is meant; `id` is the one of its `Item`. */
export interface RowName {
  readonly name: string;
  readonly where: Where;
  readonly id: number;
}

/** Removes a row with all that stands below it. */
export function deleteRow(world: World, { name, where, id }: RowName): Item {
  const { place, stack } = find(world, name, where);
  const position = stack.items.findIndex((item) => item.id === id);
  const [removed] = stack.items.splice(position, position < 0 ? 0 : 1);
  if (removed === undefined) throw new RangeError(`'${name}' has no row ${String(id)}`);
  stir(world, place);
  return removed;
}

/** Gives rows the same `updated_at`, as an edit of many does. */
export function touchRows(
  world: World,
  name: string,
  where: Where,
  ids: readonly number[],
): number {
  const { place, stack } = find(world, name, where);
  const now = stir(world, place);
  for (const id of ids) replace(stack, id, { updatedAt: now, change: {} });
  return now;
}

/** The rows of a shelf in a place as they are now, oldest first. */
export function rowsIn(world: World, name: string, where: Where): readonly Item[] {
  return [...find(world, name, where).stack.items];
}

interface Found {
  readonly shelf: Shelf;
  readonly place: Place;
  readonly stack: Stack;
}

function find(world: World, name: string, where: Where): Found {
  const shelf = shelfNamed(name);
  const [owner, parentId] = typeof where === 'number' ? [where, undefined] : where;
  const around = ownerOf(world, shelf, owner);
  const place =
    shelf.below === undefined ? around : below(world, shelf.below.shelf, { around, parentId });
  return { shelf, place, stack: stackIn(world, shelf, place) };
}

function ownerOf(world: World, { scope }: Shelf, id: number): Place {
  if (scope === 'project') return { project: existing(world.projects, id) };
  return scope === 'group' ? { group: existing(world.groups, id) } : {};
}

function below(
  world: World,
  shelf: Shelf,
  { around, parentId }: { readonly around: Place; readonly parentId: number | undefined },
): Place {
  const item = stackIn(world, shelf, around).items.find(({ id }) => id === parentId);
  if (item === undefined) throw new RangeError(`'${shelf.name}' has no row ${String(parentId)}`);
  return { ...around, parent: { shelf, item } };
}

/** Moves the clock, the project's activity, and the change of the row above. */
function stir(world: World, { project, parent, ...rest }: Place): number {
  const now = touch(world);
  if (project !== undefined) {
    const current = existing(world.projects, project.id);
    world.projects.set(project.id, { ...current, lastActivityAt: now });
  }
  if (parent !== undefined) {
    const around: Place = { ...rest, ...(project === undefined ? {} : { project }) };
    replace(stackIn(world, parent.shelf, around), parent.item.id, { updatedAt: now, change: {} });
  }
  return now;
}

function replace(
  { items }: Stack,
  id: number,
  { updatedAt, change }: Pick<Item, 'updatedAt' | 'change'>,
): Item {
  const position = items.findIndex((item) => item.id === id);
  const item = items[position];
  if (item === undefined) throw new RangeError(`no row has the id ${String(id)}`);
  const changed = { ...item, updatedAt, change: { ...item.change, ...change } };
  items[position] = changed;
  return changed;
}
