/** Rows of one table, ready for `COPY … (format binary)`: tuples without header and trailer. */
export interface LoadJob {
  readonly table: string;
  /** In the order of the values in each tuple. */
  readonly columns: readonly string[];
  readonly rows: number;
  readonly tuples: readonly Buffer[];
}

/** A root table with the tables below it, parents first, and how its rows are written. */
export interface TableChain {
  readonly root: string;
  readonly primaryKey: readonly string[];
  readonly children: readonly string[];
  /** `_dlt_id`s of the root rows in this package. */
  readonly rowIds: readonly string[];
}
