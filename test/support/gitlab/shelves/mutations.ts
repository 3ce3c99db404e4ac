import type { JsonObject } from '../json.ts';
import { existing, type World } from '../world/model.ts';
import type { Entry, Stack } from '../world/stock.ts';
import { touch } from '../world/touch.ts';
import { shelfNamed } from './all.ts';
import type { Place, Shelf } from './shelf.ts';
import { idOf, stackIn } from './stacks.ts';

/** A project's or group's id, 0 for the instance, with the id of the row that rows stand below. */
export type Where = number | readonly [owner: number, parent: number];

/** Adds the newest row of a shelf, with these fields instead of its own; it changes what it stands below. */
export function insertRow(
  world: World,
  name: string,
  where: Where,
  change: JsonObject = {},
): Entry {
  const { shelf, place, stack } = find(world, name, where);
  const now = stir(world, place);
  const ordinal = stack.next;
  stack.next += 1;
  const entry = {
    id: idOf(shelf, place, ordinal),
    ordinal,
    createdAt: now,
    updatedAt: now,
    change,
  };
  stack.entries.push(entry);
  return entry;
}

/** Changes fields of a row and moves its `updated_at`. */
export function updateRow(world: World, { name, where, id }: RowName, change: JsonObject): Entry {
  const { place, stack } = find(world, name, where);
  return replace(stack, id, { change, updatedAt: stir(world, place) });
}

/** Which row is meant; `id` is the one of its `Entry`. */
export interface RowName {
  readonly name: string;
  readonly where: Where;
  readonly id: number;
}

/** Removes a row with all that stands below it. */
export function deleteRow(world: World, { name, where, id }: RowName): Entry {
  const { place, stack } = find(world, name, where);
  const position = stack.entries.findIndex((entry) => entry.id === id);
  const [removed] = stack.entries.splice(position, position < 0 ? 0 : 1);
  if (removed === undefined) throw new RangeError(`'${name}' has no row ${String(id)}`);
  stir(world, place);
  return removed;
}

/** Shows a row that was removed again, with the instants it had, as when the transaction that made it ends late. */
export function restoreRow(
  world: World,
  { name, where }: Pick<RowName, 'name' | 'where'>,
  entry: Entry,
): void {
  const { place, stack } = find(world, name, where);
  const older = stack.entries.filter(({ ordinal }) => ordinal < entry.ordinal).length;
  stack.entries.splice(older, 0, entry);
  stir(world, place);
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
export function rowsIn(world: World, name: string, where: Where): readonly Entry[] {
  return [...find(world, name, where).stack.entries];
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
  const entry = stackIn(world, shelf, around).entries.find(({ id }) => id === parentId);
  if (entry === undefined) throw new RangeError(`'${shelf.name}' has no row ${String(parentId)}`);
  return { ...around, parent: { shelf, entry } };
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
    replace(stackIn(world, parent.shelf, around), parent.entry.id, { updatedAt: now, change: {} });
  }
  return now;
}

function replace(
  { entries }: Stack,
  id: number,
  { updatedAt, change }: Pick<Entry, 'updatedAt' | 'change'>,
): Entry {
  const position = entries.findIndex((entry) => entry.id === id);
  const entry = entries[position];
  if (entry === undefined) throw new RangeError(`no row has the id ${String(id)}`);
  const changed = { ...entry, updatedAt, change: { ...entry.change, ...change } };
  entries[position] = changed;
  return changed;
}
