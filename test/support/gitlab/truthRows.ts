import { type JsonObject, type Plain, plain } from './json.ts';

/** One row that a complete load leaves in a table. */
export interface TruthRow {
  /** The columns that identify the row; empty for the one row of a singleton. */
  readonly key: Readonly<Record<string, string | number>>;
  /** The object as GitLab sends it: integers beyond 2^53 as bigint. Made when it is read. */
  readonly source: Readonly<Record<string, Plain>>;
}

/** The rows of every table by the table's name. */
export type Truth = Readonly<Record<string, readonly TruthRow[]>>;

/** The rows without repeated keys; the last of equals stays. */
export function distinct(rows: readonly TruthRow[]): readonly TruthRow[] {
  return [...new Map(rows.map((found) => [JSON.stringify(found.key), found])).values()];
}

/** Rows of objects that carry their own key. */
export function byId(objects: readonly JsonObject[]): readonly TruthRow[] {
  return objects.map((object) => row({ id: number(object, 'id') }, () => object));
}

/** A row whose object is made when it is read. */
export function row(key: TruthRow['key'], make: () => JsonObject): TruthRow {
  return {
    key,
    get source() {
      return Object.fromEntries(
        Object.entries(make()).map(([name, value]) => [name, plain(value)]),
      );
    },
  };
}

/** A field that is known to be a text. */
export function text(object: Readonly<Record<string, unknown>>, field: string): string {
  const value = object[field];
  if (typeof value !== 'string') throw new TypeError(`'${field}' is not a text`);
  return value;
}

/** A field that is known to be a number. */
export function number(object: Readonly<Record<string, unknown>>, field: string): number {
  const value = object[field];
  if (typeof value !== 'number') throw new TypeError(`'${field}' is not a number`);
  return value;
}
