import type { DataType } from '../model/schema.ts';
import { normalizeKey, shortenFragments, tagOf } from './naming.ts';

/** Type of a column that exists already; undefined when it does not. */
export type TypeOf = (table: string, column: string) => DataType | undefined;

/** What a JSON key becomes in one table: a column, or columns below it, or a child table. */
export interface Field {
  readonly column: string;
  /** Where the column stands in its table; resolved by the encoder, -1 when the table lacks it. */
  index: number;
  /** Objects and lists stay whole, because the nesting limit is reached or the column is json already. */
  readonly whole: boolean;
  readonly members: Members;
  /** Made when the first list is seen. */
  child: TableShape | undefined;
}

/** The keys of one object at one place in a record. */
export interface Members {
  readonly fragments: readonly string[];
  /** Steps that may still be taken before values stay whole. */
  readonly level: number;
  readonly fields: Map<string, Field>;
  /** Fields of keys whose names other keys have, by their spelling. */
  readonly apart: Map<string, Field>;
}

/** Where the rows of one table come from in a record. Knows names only, no types. */
export interface TableShape {
  readonly table: string;
  readonly parent: string | undefined;
  readonly fragments: readonly string[];
  readonly members: Members;
  /** The same table for rows that stand for a list inside its list; made when the first is seen. */
  inner: TableShape | undefined;
}

const UNLIMITED = 1000;

/** The shape of a root table; `nesting` undefined means without limit. */
export function rootShape(table: string, nesting: number | undefined): TableShape {
  return tableShape([table], undefined, nesting ?? UNLIMITED);
}

function tableShape(
  fragments: readonly string[],
  parent: string | undefined,
  level: number,
): TableShape {
  return {
    table: shortenFragments(fragments),
    parent,
    fragments,
    members: { fragments: [], level, fields: new Map(), apart: new Map() },
    inner: undefined,
  };
}

/** The shape of the rows that stand for lists inside a list, which cost one more level. */
export function innerOf(shape: TableShape): TableShape {
  const { fragments, parent, members } = shape;
  shape.inner ??= tableShape(fragments, parent, members.level - 1);
  return shape.inner;
}

/** The field of a key, made when the key is first seen at this place. */
export function fieldOf(shape: TableShape, members: Members, key: string, typeOf: TypeOf): Field {
  const seen = members.fields.get(key);
  if (seen !== undefined) return seen;
  const fragments = [...members.fragments, normalizeKey(key)];
  const column = shortenFragments(fragments);
  const field: Field = {
    column,
    index: -1,
    whole: members.level <= 0 || typeOf(shape.table, column) === 'json',
    members: { fragments, level: members.level - 1, fields: new Map(), apart: new Map() },
    child: undefined,
  };
  members.fields.set(key, field);
  return field;
}

/** The field of a key whose name another key of the same row has; `keys` lead to it from the row. */
export function apartField(members: Members, keys: readonly string[]): Field {
  const spelling = JSON.stringify(keys);
  const seen = members.apart.get(spelling);
  if (seen !== undefined) return seen;
  const name = `${normalizeKey(keys.at(-1) ?? '')}__k_${tagOf(spelling)}`;
  const fragments = [...members.fragments, name];
  const field: Field = {
    column: shortenFragments(fragments),
    index: -1,
    whole: members.level <= 0,
    members: { fragments, level: members.level - 1, fields: new Map(), apart: new Map() },
    child: undefined,
  };
  members.apart.set(spelling, field);
  return field;
}

/** The shape of the child table that holds the members of a list: one level below its row, however deep in it. */
export function childOf(shape: TableShape, field: Field): TableShape {
  field.child ??= tableShape(
    [...shape.fragments, ...field.members.fragments],
    shape.table,
    shape.members.level - 1,
  );
  return field.child;
}
