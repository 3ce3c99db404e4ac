import type { DataType, SchemaContract } from './schema.ts';

/** A scope whose members are discovered: one partition each. */
export type Scope = 'project' | 'group';

/** A column of the destination that other resources filled. */
export interface KnownColumn {
  readonly table: string;
  readonly column: string;
}

/** Where the value of a path or query parameter comes from. */
export type Binding =
  | { readonly from: 'each'; readonly scope: Scope }
  | { readonly from: 'parent'; readonly resource: string; readonly field: string }
  | { readonly from: 'values'; readonly values: readonly string[] }
  | { readonly from: 'setting'; readonly setting: 'dictionaryTables'; readonly part: 0 | 1 }
  | { readonly from: 'known'; readonly columns: readonly KnownColumn[] }
  /** The full path of the partition's project or group, as the destination has it. */
  | { readonly from: 'full-path' };

/** How the pages of one list follow each other. Lists and single objects are told apart by the JSON received. */
export type Pagination = 'offset' | 'keyset' | 'unpaged' | 'graphql';

/** A condition on rows already loaded: column -> values. */
export type RowCondition = Readonly<Record<string, readonly string[]>>;

/** How a later run finds what changed. */
export type CursorSpec =
  /** Everything is read again; rows equal to what is stored are not rewritten. */
  | { readonly kind: 'full' }
  /** Ids descend: read until the highest id of the last finished scan, then rows that were unfinished. */
  | {
      readonly kind: 'newest-first';
      readonly field: string;
      readonly rereadWhile: RowCondition;
      /** Lists unfinished rows: the query parameter that takes the values of `rereadWhile`. */
      readonly filter: string;
    }
  | ChangedParentsCursor
  /** Only for bound values that have no row yet. */
  | { readonly kind: 'missing' }
  | TimeCursor;

/** Only below parent rows that changed since the last finished scan, or that fulfil `rereadWhile`. */
export interface ChangedParentsCursor {
  readonly kind: 'changed-parents';
  readonly rereadWhile: RowCondition;
  /**
   * The parent's field that alone says whether what is below it changed, e.g. the head commit. Rows include it: a parent
   * that changed elsewhere is left out while a row below it has the same value.
   */
  readonly by?: string;
}

/** Cursors that are instants; each later scan begins OVERLAP_MINUTES before its own. */
export type TimeCursor =
  /**
   * Rows ascend by the instant of their last change: each request takes in `after` that of the last row seen and asks for
   * its first page, so that rows which change meanwhile only move ahead. `begins`: the first scan begins at the run's
   * instant, because another resource of the same table reads what is older.
   */
  | {
      readonly kind: 'walking';
      readonly field: string;
      readonly after: string;
      readonly begins?: 'as-of';
    }
  /** Rows descend by such an instant and GitLab cannot filter by it: read until they are older than the cursor. */
  | { readonly kind: 'newest-changed-first'; readonly field: string }
  /** GitLab filters by an instant that the rows do not show, or does not order by it: `after` takes the cursor. */
  | { readonly kind: 'changed-since'; readonly after: string }
  | WindowedCursor;

/** Rows that never change, asked for in windows between `after` and `before`. */
export interface WindowedCursor {
  readonly kind: 'windowed';
  readonly field: string;
  readonly after: string;
  /** Absent where GitLab has no upper bound: then one window is open. */
  readonly before?: string;
  /** What GitLab takes in both: instants, or dates that are left out themselves. */
  readonly bounds: 'instants' | 'exclusive-dates';
  /** The length of a window. */
  readonly days: number;
  /** The longest window that GitLab answers; empty ones grow up to it, and without end where it is absent. */
  readonly longestDays?: number;
}

/** `merge`: upsert by primary key. `replace`: the table holds the last scan. `append`: every row stays. */
export type WriteDisposition = 'append' | 'merge' | 'replace' | 'skip';

/**
 * How `merge` treats rows whose key is stored: `upsert` replaces them (also where dlt says delete-insert), `insert-only`
 * leaves them, `scd2` retires them and keeps every version, `keyless` has no key, so that every row stays.
 */
export type MergeStrategy = 'upsert' | 'insert-only' | 'scd2' | 'keyless';

/** A column that exists from the first row of its table on, before those that rows bring. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: DataType;
}

/** A list inside a record whose members are rows of a table of their own instead of a child table. */
export interface Split {
  readonly field: string;
  readonly table: string;
  readonly primaryKey: readonly string[];
  /** Columns put before the member's own: a constant, or the owner's field. */
  readonly columns: Readonly<
    Record<string, { readonly constant: string } | { readonly field: string }>
  >;
}

/** A GraphQL list: its document takes every bound parameter and `$after`; its connection is found at `connection`. */
export interface GraphqlSpec {
  readonly document: string;
  readonly connection: readonly string[];
  /** Fields that GraphQL sends as strings and that are integers everywhere else. */
  readonly integers: readonly string[];
}

/** One endpoint and its table: everything the loader knows about it. */
export interface ResourceSpec {
  readonly id: string;
  readonly family: string;
  /** Below `/api/v4`; parameters in braces. */
  readonly path: string;
  /** The path of one row: parameters in braces are bound ones or columns of the row. Undefined where GitLab has none. */
  readonly single?: string;
  /** Fields that GitLab shows there and not in the list: left out, because the next scan would empty them again. */
  readonly singleOnly?: readonly string[];
  /** Endpoints of GitLab that this one makes superfluous. */
  readonly replaces: readonly string[];
  readonly table: string;
  readonly bind: Readonly<Record<string, Binding>>;
  /** Query parameters: a constant, or a bound parameter in braces. */
  readonly query: Readonly<Record<string, string>>;
  /** Query parameters that only an administrator's request carries. */
  readonly adminQuery: Readonly<Record<string, string>>;
  /** Query parameters that only a request without administrator rights carries. */
  readonly memberQuery: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Bound parameters that become columns of rows which lack them. */
  readonly keep: readonly string[];
  /**
   * Columns of the parent's table whose values become columns `_<parent>_<column>` of every row, as the parent's row was
   * stored when the target was read.
   */
  readonly includeFromParent?: readonly string[];
  readonly pagination: Pagination;
  readonly graphql?: GraphqlSpec;
  readonly cursor: CursorSpec;
  /**
   * `activity`: a partition is read when its project or group was active since its last scan, and at a slower rhythm for
   * what activity does not tell. `rhythm`: only at that slower rhythm. `schedule`: with every run.
   */
  readonly dueBy: 'schedule' | 'activity' | 'rhythm';
  /** Rows that are about to change: a partition with such a row counts as active. */
  readonly dueWhile?: RowCondition;
  /**
   * Hours between two full passes that look for deleted rows; `never` where the list is only a part of what there is.
   * Without it everything that is read whole is swept with each scan, the rest every FULL_PASS_HOURS.
   */
  readonly sweepEvery?: number | 'never';
  readonly writeDisposition: WriteDisposition;
  /** `upsert` unless it is given. */
  readonly mergeStrategy?: MergeStrategy;
  /** Columns whose values name what a finished scan replaces: stored rows that share them go. */
  readonly mergeKey?: readonly string[];
  /** A column that says that a row is deleted: true, or any value where it is no bool. */
  readonly hardDelete?: string;
  /** Which of several records of one scan with the same key is kept; null counts as the highest, as in dlt. */
  readonly dedupSort?: { readonly column: string; readonly keep: 'highest' | 'lowest' };
  readonly declaredColumns?: readonly DeclaredColumn[];
  /** What differs here from the setting SCHEMA_CONTRACT. */
  readonly contract?: Partial<SchemaContract>;
  /** `schedule`: loaded by every run. `demand`: only when it is named. */
  readonly on: 'schedule' | 'demand';
  readonly access: 'any' | 'admin';
  /** Statuses that mean "does not exist here" and not an error, with what it means. */
  readonly absent: Readonly<Partial<Record<400 | 403 | 404 | 503, string>>>;
  /** Fields whose values are replaced by a keyed hash unless the user opts in. */
  readonly secretFields: readonly string[];
  readonly splits: readonly Split[];
  /** Set where the rows of this resource are the members of a scope, with the column that GITLAB_SCOPE matches. */
  readonly discovers?: { readonly scope: Scope; readonly pathField: string };
}

/** The resources that one function loads. */
export interface Family {
  readonly id: string;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
}

/** The scope that a resource is partitioned by; `instance` when it has one partition. */
export function scopeOf(resource: ResourceSpec): Scope | 'instance' {
  for (const binding of Object.values(resource.bind)) {
    if (binding.from === 'each') return binding.scope;
  }
  return 'instance';
}

/** The name of the bound parameter that names the partition, e.g. `project_id`. */
export function scopeParameter(resource: ResourceSpec): string | undefined {
  return Object.entries(resource.bind).find(([, binding]) => binding.from === 'each')?.[0];
}
