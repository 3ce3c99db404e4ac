import type { GitlabClient } from '../extract/client.ts';
import type { ListedRow } from '../extract/listKeys.ts';
import type { CountSource } from '../model/completeness.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import type { ScopeFilter } from '../plan/scope.ts';
import type { Database } from '../sql/pool.ts';

/** What comparing the dataset with GitLab takes. */
export interface ComparisonContext {
  readonly database: Database;
  readonly dataset: string;
  readonly schema: Schema;
  readonly resources: ReadonlyMap<string, ResourceSpec>;
  readonly client: GitlabClient;
  readonly isAdmin: boolean;
  readonly scope: ScopeFilter;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Resources and tables of which a contract has left rows out: nobody can tell those from missing ones. */
  readonly leftOut: ReadonlySet<string>;
  /** Partitions that GitLab may still be asked about. */
  readonly quota: { left: number };
}

/** A partition that does not have the rows that GitLab lists. */
export interface Difference {
  readonly resource: string;
  readonly partition: string;
  readonly expected: number;
  readonly stored: number;
  readonly quarantined: number;
  /** Rows that GitLab has made or changed since the partition was read last: the next run reads them. */
  readonly newer: number;
  /** Rows that GitLab lists and nobody has. */
  readonly missing: readonly ListedRow[];
  /** Rows that are stored and not listed; a sweep asks whether they are gone. */
  readonly surplus: number;
  /** The first keys of those. */
  readonly surplusKeys: readonly string[];
  /** Why the partition could not be listed. */
  readonly problem?: string;
}

/** How the partitions of one resource compare with GitLab. */
export interface ResourceCompleteness {
  readonly resource: string;
  readonly partitions: number;
  /** Partitions of which the number of rows is known. */
  readonly counted: number;
  readonly expected: number;
  /** Their rows in the dataset. */
  readonly stored: number;
  readonly quarantined: number;
  /** Partitions that GitLab refuses to show. */
  readonly hidden: number;
  /** Partitions that were never read to their end, or are halted. */
  readonly unread: number;
  /** Partitions of which GitLab does not tell how many rows they have. */
  readonly untold: number;
  /** Partitions that were not asked about, because as many had been as were asked for. */
  readonly left: number;
  /** The oldest of the counts; null without any. */
  readonly countedAt: Date | null;
  readonly sources: readonly CountSource[];
  readonly differences: readonly Difference[];
}

/** The text of a key: its values in the order of the columns. */
export function keyText(values: readonly unknown[]): string {
  return values.map(String).join(' / ');
}

/** The text of a listed row's key. */
export function listedKey({ key }: ListedRow, { primaryKey }: ResourceSpec): string {
  return keyText(primaryKey.map((name) => key[name]));
}
