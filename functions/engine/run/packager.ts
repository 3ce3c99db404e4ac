import { setImmediate } from 'node:timers/promises';

import pLimit from 'p-limit';

import { LoaderError } from '../model/errors.ts';
import type { LoadId, RunId } from '../model/ids.ts';
import type { CommitReport, LoadPackage } from '../model/package.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import { QUARANTINE_LIMITS } from '../model/quarantine.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema, SchemaUpdate } from '../model/schema.ts';
import { keepsWholeScan } from '../model/writeMethod.ts';
import type { AddedPage } from '../normalize/addedPage.ts';
import type { Normalizer } from '../normalize/normalizer.ts';
import { type ActivePartition, advanceOf, type Draft } from './drafts.ts';
import {
  extendGathering,
  type Gathering,
  type LoadIds,
  mayJoin,
  openGathering,
  type PageKeeping,
  type Taken,
} from './gathering.ts';
import { isFatal } from './isFatal.ts';
import { placeTogether } from './placeTogether.ts';
import type { RefusedPackage } from './salvage.ts';
import { seenOn } from './seenOn.ts';
import { isAboutRows } from './tryRows.ts';
import { type WholeScans, wholeScans } from './wholeScans.ts';

/** A package is committed when it holds this much, or is this old. */
export const PACKAGE_LIMITS = { rows: 2_000, bytes: 16 << 20, milliseconds: 5_000 } as const;

/** The same for a package whose pages are kept because rows may be refused: it is searched, and what is found stays. */
const SEARCHED_ROWS = 200;

/** What a commit report does not know of its package. */
export interface CommitDetails {
  readonly milliseconds: number;
  readonly ended: readonly PartitionTask[];
  /** Rows with values in an overflow column. */
  readonly overflowed: number;
}

/** What the packager works with; commits and schema changes are done by its caller. */
export interface PackagerPorts extends LoadIds {
  readonly runId: RunId;
  readonly resource: ResourceSpec;
  readonly normalizer: Normalizer;
  readonly commit: (loadPackage: LoadPackage, load: LoadId) => Promise<CommitReport>;
  /** Makes a package that was refused because of its rows again, without those. */
  readonly salvage?: (refused: RefusedPackage) => Promise<LoadPackage>;
  /** Changes the schema for rows that are going to be in this load. */
  readonly evolve: (update: SchemaUpdate, load: LoadId) => Promise<Schema>;
  readonly committed: (report: CommitReport, details: CommitDetails) => void;
  /** Told of every page that was taken: what its contract left out, which keys share a name. */
  readonly noticed?: (added: AddedPage) => void;
}

/** Gathers pages of the partitions of one resource into packages: one fills while one commits. */
export interface Packager {
  /** Takes a page, in the order of its partition. Rejects when the page itself cannot be loaded. */
  add(partition: ActivePartition, page: Page): Promise<void>;
  /** Drops what is kept of a partition that is given back before its scan has ended. */
  forget(partition: ActivePartition): void;
  /** Commits what has been gathered and waits for it. */
  drain(): Promise<void>;
}

interface Packing {
  gathering: Gathering | undefined;
  /** Settles when the package under way is committed or given up; never rejects. */
  committing: Promise<void>;
  /** Since a package of several partitions failed, each has packages of its own. */
  alone: boolean;
  readonly waiting: WholeScans;
  /** Since the database refused rows; before that nothing is kept, and what was refused is read again. */
  pages: PageKeeping;
  /** How many records of a scan went to the quarantine so far. */
  readonly bad: WeakMap<ActivePartition, number>;
}

/** Opens the packager of one resource. */
export function openPackager(ports: PackagerPorts): Packager {
  const inTurn = pLimit(1);
  const isWhole = keepsWholeScan(ports.resource);
  const packing: Packing = {
    gathering: undefined,
    committing: Promise.resolve(),
    alone: false,
    pages: 'forgotten',
    waiting: wholeScans(),
    bad: new WeakMap(),
  };
  return {
    add: (partition, page) =>
      inTurn(async () => {
        if (partition.signal.aborted) return;
        const { gathering, alone } = packing;
        if (gathering && !mayJoin(gathering, partition, alone ? 'alone' : 'with others'))
          await flush(ports, packing);
        if (isWhole) await keep(ports, packing, { partition, page });
        else await place(ports, packing, { partition, page });
        if (isFull(ports, packing)) await flush(ports, packing);
        // Lets sockets be written: awaiting finished promises alone would starve them.
        await setImmediate();
      }),
    forget: (partition) => {
      packing.waiting.forget(partition);
    },
    drain: () =>
      inTurn(async () => {
        await flush(ports, packing);
        await packing.committing;
      }),
  };
}

function isFull({ normalizer, now }: PackagerPorts, { gathering }: Packing): boolean {
  const { bytes, milliseconds } = PACKAGE_LIMITS;
  const rows = gathering?.pages === undefined ? PACKAGE_LIMITS.rows : SEARCHED_ROWS;
  const age = gathering === undefined ? 0 : now() - gathering.openedAt;
  return normalizer.rows >= rows || normalizer.bytes >= bytes || age >= milliseconds;
}

/** Encodes a page into the open package; commits that first when the page's rows or columns demand it. */
async function place(
  ports: PackagerPorts,
  packing: Packing,
  { partition, page }: { readonly partition: ActivePartition; readonly page: Page },
): Promise<void> {
  for (;;) {
    packing.gathering ??= await openGathering(ports, partition, packing.pages);
    const mayBeBad = QUARANTINE_LIMITS.ofScan - (packing.bad.get(partition) ?? 0);
    const added = ports.normalizer.add(page, packing.gathering.load, mayBeBad);
    if (added.outcome === 'added') {
      note(ports, packing, { partition, page, added });
      return;
    }
    await flush(ports, packing);
    if (added.outcome === 'duplicate') continue;
    packing.gathering = await openGathering(ports, partition, packing.pages);
    ports.normalizer.rebuild(await ports.evolve(added.update, packing.gathering.load));
  }
}

function note(ports: PackagerPorts, { gathering, bad }: Packing, taken: Taken): void {
  const { added, partition } = taken;
  const seen = seenOn(ports.normalizer, partition, added);
  if (gathering !== undefined) extendGathering(gathering, taken, seen);
  if (added.bad !== undefined) bad.set(partition, (bad.get(partition) ?? 0) + added.bad.length);
  ports.noticed?.(added);
}

/** Keeps a page until its scan ends; then the whole scan is one package. */
async function keep(
  ports: PackagerPorts,
  packing: Packing,
  { partition, page }: { readonly partition: ActivePartition; readonly page: Page },
): Promise<void> {
  const pages = packing.waiting.add(partition, page);
  if (pages === undefined) return;
  const gathering = await openGathering(ports, partition, packing.pages);
  packing.gathering = gathering;
  const results = await placeTogether(ports, gathering.load, pages);
  results.forEach((added, index) => {
    note(ports, packing, { partition, page: pages[index] as Page, added });
  });
  await flush(ports, packing);
}

/** Closes the open package and begins its commit once the one before is through. */
async function flush(ports: PackagerPorts, packing: Packing): Promise<void> {
  const { gathering } = packing;
  if (gathering === undefined) return;
  packing.gathering = undefined;
  const { chains, jobs } = ports.normalizer.take();
  const drafts = [...gathering.drafts.values()];
  if (drafts.length === 0) return;
  const { runId, resource } = ports;
  const advances = drafts.map(advanceOf);
  const { violations, quarantined } = gathering;
  const loadPackage = { runId, resource, chains, jobs, advances, violations, quarantined };
  await packing.committing;
  packing.committing = commitDrafts(ports, packing, { gathering, loadPackage });
}

interface ClosedPackage {
  readonly gathering: Gathering;
  readonly loadPackage: LoadPackage;
}

/** Never rejects: a failure is told to every partition of the package. */
async function commitDrafts(
  ports: PackagerPorts,
  packing: Packing,
  closed: ClosedPackage,
): Promise<void> {
  const { committed, now } = ports;
  const startedAt = now();
  const drafts: readonly Draft[] = [...closed.gathering.drafts.values()];
  const partitions = drafts.map(({ partition }) => partition);
  try {
    // A package that follows a failed one of the same partition has no place to go.
    for (const { signal } of partitions) signal.throwIfAborted();
    const report = await commitOrSalvage(ports, closed);
    if (report === 'read again') {
      packing.pages = 'kept';
      for (const partition of partitions) partition.fail(abandoned());
      return;
    }
    const ended = drafts.filter(({ position }) => position.at === 'end');
    committed(report, {
      milliseconds: now() - startedAt,
      overflowed: closed.gathering.overflowed,
      ended: ended.map(({ partition }) => partition.task),
    });
  } catch (error) {
    if (partitions.length > 1) packing.alone = true;
    const told = partitions.length === 1 || isFatal(error) ? error : abandoned();
    for (const partition of partitions) partition.fail(told);
  }
}

/** `read again`: the rows were refused, and the pages that they came from are gone. */
async function commitOrSalvage(
  { commit, salvage }: PackagerPorts,
  { loadPackage, gathering: { load, pages } }: ClosedPackage,
): Promise<CommitReport | 'read again'> {
  try {
    return await commit(loadPackage, load);
  } catch (error) {
    if (salvage === undefined || !isAboutRows(error)) throw error;
    if (pages === undefined) return 'read again';
    return await commit(await salvage({ loadPackage, load, pages, error }), load);
  }
}

/** No partition is known to be to blame: all are taken up again where their last package ended. */
function abandoned(): LoaderError {
  return new LoaderError('E_STALE_LEASE', 'A package was not committed and is read again.');
}
