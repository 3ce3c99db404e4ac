import { groupRole, projectRole, visibleGroups, visibleProjects } from '../access.ts';
import { type JsonObject, serialize } from '../json.ts';
import { randomOf } from '../random.ts';
import type { Who, World } from '../world/model.ts';
import { projectPath } from '../world/ownership.ts';
import type { Entry } from '../world/stock.ts';
import type { Place, Shelf } from './shelf.ts';
import { ownerId, stackIn } from './stacks.ts';

interface Text {
  readonly path: string;
  readonly text: Buffer;
}

const texts = new WeakMap<Entry, Text>();

/** The row as GitLab shows it. */
export function objectOf(world: World, shelf: Shelf, place: Place, entry: Entry): JsonObject {
  const random = randomOf(world.size.seed, shelf.name, entry.id);
  return { ...shelf.make({ world, place, entry, random }), ...entry.change };
}

/** The same as bytes; kept for each state of a row that stands below no other. */
export function textOf(world: World, shelf: Shelf, place: Place, entry: Entry): Buffer {
  const path = pathOf(world, place);
  const known = place.parent === undefined ? texts.get(entry) : undefined;
  if (known?.path === path) return known.text;
  const text = Buffer.from(serialize(objectOf(world, shelf, place, entry)));
  texts.set(entry, { path, text });
  return text;
}

/** The address of a project, a group or the instance for people. */
export function webUrl(world: World, place: Place): string {
  if (place.project !== undefined) return `${world.webUrl}/${pathOf(world, place)}`;
  return place.group === undefined
    ? world.webUrl
    : `${world.webUrl}/groups/${place.group.fullPath}`;
}

/** The full path of the place's project or group. */
export function pathOf(world: World, { project, group }: Place): string {
  return project === undefined ? (group?.fullPath ?? '') : projectPath(world, project);
}

/** The row whose field has this value, as a path names it. */
export function findEntry(
  world: World,
  shelf: Shelf,
  place: Place,
  [field, value]: readonly [string, string],
): Entry | undefined {
  const { entries } = stackIn(world, shelf, place);
  const isNamed = (entry: Entry): boolean => {
    if (field === 'iid') return String(entry.ordinal + 1) === value;
    if (field === 'id' && shelf.ids !== 'own') return String(entry.id) === value;
    return fieldText(objectOf(world, shelf, place, entry), field) === value;
  };
  return entries.find(isNamed);
}

/** A field as a path, a query or a page token has it; empty when it is none of the plain values. */
export function fieldText(object: JsonObject, field: string): string {
  const value = object[field] ?? '';
  return typeof value === 'object' ? '' : String(value);
}

/** The path of a shelf's list in one place, below the API. */
export function listPath(world: World, shelf: Shelf, place: Place): string {
  const { below } = shelf;
  const above =
    below === undefined || place.parent === undefined
      ? ''
      : fieldText(objectOf(world, below.shelf, place, place.parent.entry), below.field);
  return `/${shelf.path}`
    .replace(':id', String(ownerId(place)))
    .replace(':parent', encodeURIComponent(above));
}

/** Every place of a shelf that somebody may read, with refused ones left out. */
export function placesOf(world: World, who: Who, shelf: Shelf): readonly Place[] {
  const { below } = shelf;
  if (below !== undefined) {
    return ownersOf(world, who, shelf).flatMap((place) =>
      stackIn(world, below.shelf, place).entries.map((entry) => ({
        ...place,
        parent: { shelf: below.shelf, entry },
      })),
    );
  }
  return ownersOf(world, who, shelf);
}

function ownersOf(world: World, who: Who, shelf: Shelf): readonly Place[] {
  const isOpen = (place: Place): boolean =>
    mayRead(world, who, shelf, place) &&
    shelf.refusal?.(place) === undefined &&
    shelf.below?.shelf.refusal?.(place) === undefined;
  if (shelf.scope === 'instance') return [{}].filter(isOpen);
  return shelf.scope === 'project'
    ? visibleProjects(world, who)
        .map((project) => ({ project }))
        .filter(isOpen)
    : visibleGroups(world, who)
        .map((group) => ({ group }))
        .filter(isOpen);
}

/** Whether somebody's access level is enough for a shelf in this place. */
export function mayRead(
  world: World,
  who: Who,
  { role }: Shelf,
  { project, group }: Place,
): boolean {
  if (role === 'any') return true;
  if (role === 'admin') return who === 'admin';
  if (project !== undefined) return projectRole(world, who, project) >= role;
  return group !== undefined && groupRole(world, who, group) >= role;
}
