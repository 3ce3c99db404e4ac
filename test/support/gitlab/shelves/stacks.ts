import { randomOf, unevenShares } from '../random.ts';
import { DAY } from '../time.ts';
import type { World } from '../world/model.ts';
import type { Entry, Stack, Stock } from '../world/stock.ts';
import type { Place, Shelf } from './shelf.ts';

/** How many owners, or parents, there may be for each series of ids. */
const OWNER_IDS = 100_000;
const SERIES_IDS = 100_000_000_000;
const CHILD_IDS = 1_000;
const SPAN = 300 * DAY;

/** An empty stock for these projects and groups. */
export function makeStock(owners: Stock['owners'], began: number): Stock {
  return { owners, began, shares: new Map(), stacks: new Map() };
}

/** The rows of a shelf in a place, to read and to change. */
export function stackIn(world: World, shelf: Shelf, place: Place): Stack {
  const { stacks } = world.stock;
  const key = `${shelf.name} ${String(ownerId(place))} ${String(place.parent?.entry.id ?? '')}`;
  const known = stacks.get(key);
  if (known !== undefined) return known;
  const entries = firstEntries(world, shelf, place);
  const stack = { entries, next: entries.length };
  stacks.set(key, stack);
  return stack;
}

/** The id of a row with this ordinal. */
export function idOf(shelf: Shelf, place: Place, ordinal: number): number {
  if (place.parent !== undefined) return place.parent.entry.id * CHILD_IDS + ordinal + 1;
  return shelf.series * SERIES_IDS + ownerId(place) * OWNER_IDS + ordinal + 1;
}

/** The id of the place's project or group; 0 in the instance. */
export function ownerId({ project, group }: Place): number {
  return project?.id ?? group?.id ?? 0;
}

function firstEntries(world: World, shelf: Shelf, place: Place): Entry[] {
  const count =
    place.parent === undefined
      ? ownerShare(world, shelf, place)
      : below(world, shelf, place.parent.entry);
  const { began } = world.stock;
  const from = place.parent?.entry.createdAt ?? began - SPAN;
  const step = (began - from) / (count + 1);
  return Array.from({ length: count }, (_, ordinal) => {
    const id = idOf(shelf, place, ordinal);
    const random = randomOf(world.size.seed, shelf.name, 'times', id);
    const createdAt = Math.floor(from + step * (ordinal + random.fraction() / 2));
    const updatedAt = Math.floor(createdAt + (began - createdAt) * random.fraction() ** 4);
    return { id, ordinal, createdAt, updatedAt, change: {} };
  });
}

/** Rows of an owner: an uneven share of what the size says, or of `rows` in the world's options. */
function ownerShare(world: World, shelf: Shelf, place: Place): number {
  if (shelf.size === 'one') return 1;
  if (shelf.scope === 'instance') return world.size.rows[shelf.name] ?? shelf.size;
  return sharesOf(world, shelf, shelf.size).get(ownerId(place)) ?? 0;
}

function sharesOf(world: World, shelf: Shelf, size: number): ReadonlyMap<number, number> {
  const { shares, owners } = world.stock;
  const known = shares.get(shelf.name);
  if (known !== undefined) return known;
  const ids = owners[shelf.scope === 'group' ? 'group' : 'project'];
  const total = world.size.rows[shelf.name] ?? Math.round(size * ids.length);
  const random = randomOf(world.size.seed, shelf.name, 'shares');
  const made = new Map(
    unevenShares(total, ids.length, random).map((share, index) => [ids[index] ?? 0, share]),
  );
  shares.set(shelf.name, made);
  return made;
}

function below(world: World, shelf: Shelf, parent: Entry): number {
  if (shelf.size === 'one') return 1;
  const average = world.size.rows[shelf.name] ?? shelf.size;
  const random = randomOf(world.size.seed, shelf.name, 'count', parent.id);
  return Math.floor(random.fraction() * (2 * average + 1));
}
