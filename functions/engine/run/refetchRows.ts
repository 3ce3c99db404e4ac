import type { ListedRow } from '../extract/listKeys.ts';
import { readSingles } from '../extract/readSingles.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { singlePath } from '../model/singlePath.ts';
import { releasePartition } from '../state/outcomes.ts';
import { claimRepair } from '../state/repairs.ts';
import type { RunContext } from './context.ts';
import { activate } from './drafts.ts';
import type { Packager } from './packager.ts';

/** Rows that one claim fetches and one package brings. */
const ROWS_TOGETHER = 100;

/** The paths of rows that GitLab shows one by one; undefined where some of them have none. */
export function singlePaths(
  resource: ResourceSpec,
  rows: readonly ListedRow[],
): readonly string[] | undefined {
  const paths = rows.flatMap(({ single }) => singlePath(resource, single) ?? []);
  return paths.length === rows.length ? paths : undefined;
}

/** What is fetched, and where it is put. */
export interface Refetch {
  readonly resource: ResourceSpec;
  readonly partition: string;
  readonly paths: readonly string[];
  readonly packager: Packager;
}

/**
 * Fetches rows by their own paths and commits them as packages of their partition, which stays where it stands. `held` as
 * soon as somebody else holds the partition.
 */
export async function refetchRows(
  context: RunContext,
  { resource, partition, paths, packager }: Refetch,
): Promise<{ readonly requests: number; readonly ended: 'done' | 'held' }> {
  let requests = 0;
  for (let start = 0; start < paths.length; start += ROWS_TOGETHER) {
    const chunk = paths.slice(start, start + ROWS_TOGETHER);
    if (!(await refetchChunk(context, { resource, partition, paths: chunk, packager })))
      return { requests, ended: 'held' };
    requests += chunk.length;
  }
  return { requests, ended: 'done' };
}

async function refetchChunk(
  { claims, client, isAdmin, budget }: RunContext,
  { resource, partition, paths, packager }: Refetch,
): Promise<boolean> {
  const task = await claimRepair(claims, { resource, partition });
  if (task === undefined) return false;
  const active = activate(task);
  const { signal } = budget;
  try {
    const { page } = await readSingles(client, task, { paths, isAdmin, signal });
    if (page !== undefined) {
      await packager.add(active, page);
      await packager.drain();
    }
    active.signal.throwIfAborted();
    return true;
  } finally {
    await releasePartition(claims, task);
  }
}
