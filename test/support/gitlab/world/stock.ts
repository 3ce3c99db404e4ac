import type { JsonObject } from '../json.ts';

/** One row of a shelf; its JSON is made from it when it is asked for. Immutable: a change replaces it. */
export interface Entry {
  readonly id: number;
  /** Counts from 0 in its place; numbers of deleted rows are not given again. */
  readonly ordinal: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Fields that mutations have set. */
  readonly change: JsonObject;
}

/** The rows of one shelf in one place, in the order in which they were made. */
export interface Stack {
  readonly entries: Entry[];
  /** The ordinal of the next row. */
  next: number;
}

/** All rows of all shelves; made when they are first asked for, in the places that the world began with. */
export interface Stock {
  readonly owners: { readonly project: readonly number[]; readonly group: readonly number[] };
  /** When the world began. */
  readonly began: number;
  readonly shares: Map<string, ReadonlyMap<number, number>>;
  readonly stacks: Map<string, Stack>;
}
