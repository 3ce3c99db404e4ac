import type { WriteMethod } from './writeMethod.ts';

/** Rows of one table, ready for `COPY … (format binary)`: tuples without header and trailer. */
export interface LoadJob {
  readonly table: string;
  /** In the order of the values in each tuple. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly tuples: readonly Buffer[];
}

/** A table below a root table. */
export interface ChildTable {
  readonly table: string;
  readonly parent: string;
}

/** How the rows of a chain are written. */
export interface ChainRules {
  readonly method: WriteMethod;
  readonly primaryKey: readonly string[];
  readonly mergeKey: readonly string[];
  readonly hardDelete: string | undefined;
  /** The column that names the partition; undefined where the table holds one partition. */
  readonly scopeColumn: string | undefined;
}

/** A root table with the tables below it, parents first, and how its rows are written. */
export interface TableChain extends ChainRules {
  readonly root: string;
  readonly children: readonly ChildTable[];
  /** `_dlt_id`s of the root rows in this package. */
  readonly rowIds: readonly string[];
  /** Whether a row may have the key of a stored row and another id, because keys can be spelt in several ways. */
  readonly hasLooseKeys?: boolean;
}
