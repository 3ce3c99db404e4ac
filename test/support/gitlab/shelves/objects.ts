import { groupRole, projectRole, visibleGroups, visibleProjects } from '../access.ts';
import { type JsonObject, serialize } from '../json.ts';
import { randomOf } from '../random.ts';
import type { Who, World } from '../world/model.ts';
import { projectPath } from '../world/ownership.ts';
import type { Item, Place, Shelf } from './shelf.ts';
import { ownerId, stackIn } from './stock.ts';

interface Text {
  readonly path: string;
  readonly text: Buffer;
}

const texts = new WeakMap<Item, Text>();

/** The row as GitLab shows it. */
export function objectOf(world: World, shelf: Shelf, place: Place, item: Item): JsonObject {
  const random = randomOf(world.size.seed, shelf.name, item.id);
  return { ...shelf.make({ world, place, item, random }), ...item.change };
}

/** The same as bytes; kept for each state of a row that stands below no other. */
export function textOf(world: World, shelf: Shelf, place: Place, item: Item): Buffer {
  const path = pathOf(world, place);
  const known = place.parent === undefined ? texts.get(item) : undefined;
  if (known?.path === path) return known.text;
  const text = Buffer.from(serialize(objectOf(world, shelf, place, item)));
  texts.set(item, { path, text });
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
export function findItem(
  world: World,
  shelf: Shelf,
  place: Place,
  [field, value]: readonly [string, string],
): Item | undefined {
  const { items } = stackIn(world, shelf, place);
  const isNamed = (item: Item): boolean => {
    if (field === 'iid') return String(item.ordinal + 1) === value;
    if (field === 'id' && shelf.ids !== 'own') return String(item.id) === value;
    return fieldText(objectOf(world, shelf, place, item), field) === value;
  };
  return items.find(isNamed);
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
      : fieldText(objectOf(world, below.shelf, place, place.parent.item), below.field);
  return `/${shelf.path}`
    .replace(':id', String(ownerId(place)))
    .replace(':parent', encodeURIComponent(above));
}

/** Every place of a shelf that somebody may read, with refused ones left out. */
export function placesOf(world: World, who: Who, shelf: Shelf): readonly Place[] {
  const { below } = shelf;
  if (below !== undefined) {
    return ownersOf(world, who, shelf).flatMap((place) =>
      stackIn(world, below.shelf, place).items.map((item) => ({
        ...place,
        parent: { shelf: below.shelf, item },
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
