import { isList, type Json } from '../json.ts';
import { distinct, row, type Truth, type TruthRow } from '../truthRows.ts';
import type { Who, World } from '../world/model.ts';
import type { Entry } from '../world/stock.ts';
import { SHELVES } from './all.ts';
import { objectOf, placesOf } from './objects.ts';
import type { Place, Shelf } from './shelf.ts';
import { stackIn } from './stacks.ts';

/** The rows that a complete load leaves of these shelves. */
export function shelfTables(world: World, who: Who, names: 'all' | readonly string[]): Truth {
  const tables = new Map<string, TruthRow[]>();
  const chosen = SHELVES.filter(({ name }) => names === 'all' || names.includes(name));
  for (const shelf of chosen) {
    const rows = tables.get(shelf.table) ?? [];
    for (const found of rowsOf(world, who, shelf)) rows.push(found);
    tables.set(shelf.table, rows);
  }
  return Object.fromEntries([...tables].map(([name, rows]) => [name, distinct(rows)]));
}

function rowsOf(world: World, who: Who, shelf: Shelf): readonly TruthRow[] {
  return placesOf(world, who, shelf).flatMap((place) =>
    stackIn(world, shelf, place).entries.map((entry) =>
      row(keyOf(world, shelf, place, entry), () => objectOf(world, shelf, place, entry)),
    ),
  );
}

function keyOf(world: World, shelf: Shelf, place: Place, entry: Entry): TruthRow['key'] {
  const own = ownColumns(place);
  return Object.fromEntries(
    shelf.key.map((column) => [column, own[column] ?? ofObject(column)] as const),
  );

  function ofObject(column: string): string | number {
    const { parent } = place;
    if (column === 'id' && shelf.ids !== 'own') return entry.id;
    if (parent !== undefined && column === shelf.below?.column) {
      return keyValue(objectOf(world, parent.shelf, place, parent.entry)[shelf.below.field]);
    }
    return keyValue(objectOf(world, shelf, place, entry)[column]);
  }
}

function ownColumns({ project, group }: Place): Readonly<Record<string, number>> {
  return {
    ...(project === undefined ? {} : { project_id: project.id }),
    ...(group === undefined ? {} : { group_id: group.id }),
  };
}

function keyValue(value: Json | undefined): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`${isList(value ?? null) ? 'a list' : typeof value} is no key`);
}
