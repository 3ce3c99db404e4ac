import { readInstant } from '../extract/instants.ts';
import { type ListedRow, listKeys } from '../extract/listKeys.ts';
import { type OwnRows, storedKeys } from '../load/partitionRows.ts';
import { LoaderError } from '../model/errors.ts';
import { partitionKey } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { keyId } from '../normalize/rowId.ts';
import type { LedgerEntry } from '../state/completenessLedger.ts';
import { type ComparisonContext, type Difference, keyText, listedKey } from './completeness.ts';

/** A partition whose number of rows differs from GitLab's. */
export interface Unlike {
  readonly entry: LedgerEntry;
  readonly expected: number;
  readonly stored: number;
  /** Ids of rows that the quarantine holds in place of the table; null where a record has no key. */
  readonly held: readonly (string | null)[];
  /** Projects or groups that have left their list; their rows stay. */
  readonly departed: readonly string[];
}

const SHOWN_KEYS = 5;

/**
 * Lists a partition once and says which rows differ; undefined when none does by now. What is stored is read afterwards, so
 * that rows which a run brings meanwhile are no holes.
 */
export async function findHoles(
  context: ComparisonContext,
  rows: OwnRows,
  unlike: Unlike,
): Promise<Difference | undefined> {
  const { resource } = rows;
  const { entry, held, departed } = unlike;
  const known = { resource: resource.id, partition: entry.partition, quarantined: held.length };
  try {
    const listed = await listPartition(context, resource, entry.partition);
    const stored = new Set(
      (await storedKeys(context.database, rows, entry.partition)).map(keyText),
    );
    const absent = [...listed].filter(([key, row]) => !stored.has(key) && !isHeld(row, held));
    const isProven = vanished(unlike, stored.size) > 0;
    const missing = absent.flatMap(([, row]) => (isNewer(row, entry, isProven) ? [] : [row]));
    const surplusKeys = [...stored].filter((key) => !listed.has(key) && !departed.includes(key));
    const newer = absent.length - missing.length;
    if (missing.length + surplusKeys.length + newer === 0) return undefined;
    return {
      ...{ ...known, expected: listed.size, stored: stored.size, newer, missing },
      surplus: surplusKeys.length,
      surplusKeys: surplusKeys.toSorted().slice(0, SHOWN_KEYS),
    };
  } catch (error) {
    if (!(error instanceof LoaderError) || !error.code.startsWith('E_GITLAB')) throw error;
    const { expected, stored } = unlike;
    const none = { newer: 0, missing: [], surplus: 0, surplusKeys: [] };
    return { ...known, ...none, expected, stored, problem: error.message };
  }
}

async function listPartition(
  { client, isAdmin, signal }: ComparisonContext,
  resource: ResourceSpec,
  partition: string,
): Promise<ReadonlyMap<string, ListedRow>> {
  const listed = await listKeys(client, resource, {
    ...{ partition: partitionKey(partition), isAdmin, signal },
  });
  return new Map(listed.map((row) => [listedKey(row, resource), row]));
}

/** Whether the quarantine holds a row in place of the table. */
export function isHeld({ key }: ListedRow, held: readonly (string | null)[]): boolean {
  return held.length > 0 && held.includes(keyId(key));
}

/** Rows that the partition had when they were counted, and that no sweep has deleted since. */
function vanished({ entry }: Unlike, stored: number): number {
  return (entry.landed ?? 0) - entry.deleted - stored;
}

/**
 * Whether a row came or changed since the partition was read: compared with its cursor by GitLab's clock, else with the
 * beginning of its last scan. A row that says no instant may be new unless rows are known to be missing.
 */
function isNewer(
  { at, mark }: ListedRow,
  { cursor, readAt }: LedgerEntry,
  isProven: boolean,
): boolean {
  const reached = readInstant(cursor);
  if (mark !== undefined && reached !== undefined) return mark > reached;
  if (at !== undefined && readAt !== null) return at > readAt.getTime();
  return !isProven;
}
