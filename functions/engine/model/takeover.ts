import type { DatasetNames } from './names.ts';

/** What the rows of others in a table have of its key. */
export interface KeyFacts {
  /** Key columns that are null in some of them. */
  readonly nullColumns: readonly string[];
  /** Whether the part of the key that they have is different in every one of them. */
  readonly partsIdentify: boolean;
}

/** A table of the catalogue that was there before this loader came, or that another loader has written to since. */
export interface FoundTable {
  readonly table: string;
  /** Rows of others. */
  readonly rows: number;
  /** Rows that have a newer one with the same key. */
  readonly superseded: number;
  /** Keys of such rows as JSON, three at most. */
  readonly examples: readonly string[];
  readonly facts: KeyFacts;
}

/** dlt's cursor of one resource. It is one for all projects together, so each of them is read in full once. */
export interface FoundCursor {
  readonly resource: string;
  readonly cursor: string;
  readonly lastValue: string;
}

/** What was found in a dataset that another loader has written. */
export interface Takeover {
  readonly names: DatasetNames;
  /** Version of dlt's schema; undefined where tables came without one. */
  readonly schemaVersion: number | undefined;
  /** The schema that dlt stages rows in; nothing here reads or drops it. */
  readonly stagingSchema: string | undefined;
  readonly cursors: readonly FoundCursor[];
  readonly tables: readonly FoundTable[];
}

/** How rows of others in a table are known to be the same as rows that come: by key, where they have one. */
export interface AdoptionRules {
  /** Only rows that earlier loads than this one wrote. */
  readonly before: string;
  readonly key: RowKey;
  /** Tables below whose rows are found by their parent alone, because they lack the id of their root. */
  readonly byParent: ReadonlySet<string>;
}

/** The key of a table as its stored rows have it; rows of others may lack columns of it. */
export interface RowKey {
  /** Key columns that all kinds of rows share and that are there. */
  readonly common: readonly string[];
  /** Columns of which each kind of row has its own, e.g. `project_id` or `group_id`. */
  readonly owners: readonly string[];
  /** `part`: the table lacks columns of the key. `single`: it holds one row and has no key. */
  readonly form: 'whole' | 'part' | 'single';
  readonly facts: KeyFacts;
  /** GitLab's own address of the row, where there is such a column. */
  readonly address: string | undefined;
  /** Columns other than keys and dlt's own. */
  readonly content: readonly string[];
}
