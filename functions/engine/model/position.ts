import type { LoadId, PartitionKey } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { ResourceSpec } from './resource.ts';

/** The values of one request's bound parameters, e.g. `{ project_id: 17, alert_iid: 3 }`. */
export type Target = Readonly<Record<string, string | number>>;

/** A target as it is stored: tokens name its values, rows also take what is included from the parent's row. */
export interface StoredTarget {
  readonly target: Target;
  readonly appended?: JsonObject;
}

/**
 * Where a scan stands between two pages; stored as jsonb. Absent parts mean "from the start".
 * It is all that a later invocation needs to go on, so its shape may only grow.
 */
export interface ScanToken {
  /** The part of the scan: the list itself, or the unfinished rows. Earlier versions had `changed` behind those. */
  readonly phase?: 'unfinished' | 'changed';
  /** Targets before and including this one are done (in the order of the targets). */
  readonly after?: Target;
  /** The target that `page` and `query` belong to, where a partition has several. */
  readonly within?: Target;
  /** The next page of the current target: an offset page, or the query string of a keyset link. */
  readonly page?: number;
  readonly query?: string;
  /** The key of the row before that page, where rows that leave the list would move others past it. */
  readonly last?: string;
  /** The bounds of the window that is being read, as GitLab takes them; an empty one is open. */
  readonly window?: readonly [after: string, before: string];
  /** The scan was begun without its cursor and goes on without it. */
  readonly full?: true;
  /** What was known when the scan began: the highest value seen, or GitLab's clock; the cursor when the scan ends. */
  readonly mark?: string;
  /** The latest instant that rows showed. */
  readonly seen?: string;
  /** Where ids descend: this scan is through with stored unfinished rows that have this id or a higher one. */
  readonly settled?: string;
}

/** A claimed partition: one resource in one project, group or the instance; the unit of work. */
export interface PartitionTask {
  readonly resource: ResourceSpec;
  readonly partition: PartitionKey;
  /** Grows with every claim: writes that carry an older one are refused. */
  readonly fence: bigint;
  /** Packages committed so far; the token of the compare-and-set. */
  readonly seq: bigint;
  readonly scanId: bigint;
  /** That of the partition's last package, whoever committed it; the next one must have a higher one. */
  readonly lastLoad?: LoadId;
  readonly cursor: string | undefined;
  readonly token: ScanToken | undefined;
  /** Everything is read again, without the cursor. */
  readonly full?: boolean;
  /** The keys that this scan sees are kept, so that stored rows which it does not see can be looked for. */
  readonly sweeps?: boolean;
}

/** The durable position after a page: a scan goes on at a token, or has ended. */
export type Position =
  | { readonly at: 'page'; readonly token: ScanToken }
  | { readonly at: 'end'; readonly cursor: string | undefined };
