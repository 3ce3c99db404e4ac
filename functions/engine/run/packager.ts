import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import pLimit from 'p-limit';

import { LoaderError } from '../model/errors.ts';
import type { LoadId, RunId } from '../model/ids.ts';
import type { CommitReport, LoadPackage, PartitionAdvance } from '../model/package.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask, Position, ScanToken } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema, SchemaUpdate } from '../model/schema.ts';
import type { Normalizer } from '../normalize/normalizer.ts';
import { isFatal } from './isFatal.ts';

/** A package is committed when it holds this much, or is this old. */
export const PACKAGE_LIMITS = { rows: 2_000, bytes: 16 << 20, milliseconds: 5_000 } as const;

/** A claimed partition while its pages are read; `seq` runs ahead of what is committed. */
export interface ActivePartition {
  readonly task: PartitionTask;
  seq: bigint;
  token: ScanToken | undefined;
  /** Aborted, with the error as its reason, once a package of this partition could not be committed. */
  readonly signal: AbortSignal;
  readonly fail: (error: unknown) => void;
}

/** What the packager works with; commits and schema changes are done by its caller. */
export interface PackagerPorts {
  readonly runId: RunId;
  readonly resource: ResourceSpec;
  readonly normalizer: Normalizer;
  readonly nextLoadId: () => Promise<LoadId>;
  readonly commit: (loadPackage: LoadPackage, load: LoadId) => Promise<CommitReport>;
  readonly evolve: (update: SchemaUpdate) => Promise<Schema>;
  readonly committed: (
    report: CommitReport,
    details: { readonly milliseconds: number; readonly ended: readonly PartitionTask[] },
  ) => void;
  readonly now: () => number;
}

/** Gathers pages of the partitions of one resource into packages: one fills while one commits. */
export interface Packager {
  /** Takes a page, in the order of its partition. Rejects when the page itself cannot be loaded. */
  add(partition: ActivePartition, page: Page): Promise<void>;
  /** Commits what has been gathered and waits for it. */
  drain(): Promise<void>;
}

interface Draft {
  readonly partition: ActivePartition;
  readonly seq: bigint;
  readonly tokenBefore: ScanToken | undefined;
  readonly request: string;
  readonly hash: Hash;
  position: Position;
  rowsIn: number;
}

interface Gathering {
  readonly load: LoadId;
  readonly openedAt: number;
  readonly drafts: Map<ActivePartition, Draft>;
}

interface Packing {
  gathering: Gathering | undefined;
  /** Settles when the package under way is committed or given up; never rejects. */
  committing: Promise<void>;
  /** Since a package of several partitions failed, each has packages of its own. */
  alone: boolean;
}

/** Opens the packager of one resource. */
export function openPackager(ports: PackagerPorts): Packager {
  const inTurn = pLimit(1);
  const packing: Packing = { gathering: undefined, committing: Promise.resolve(), alone: false };
  return {
    add: (partition, page) =>
      inTurn(async () => {
        if (partition.signal.aborted) return;
        if (packing.alone && packing.gathering?.drafts.has(partition) !== true)
          await flush(ports, packing);
        await place(ports, packing, { partition, page });
        if (isFull(ports, packing)) await flush(ports, packing);
        // Lets sockets be written: awaiting finished promises alone would starve them.
        await setImmediate();
      }),
    drain: () =>
      inTurn(async () => {
        await flush(ports, packing);
        await packing.committing;
      }),
  };
}

function isFull({ normalizer, now }: PackagerPorts, { gathering }: Packing): boolean {
  const { rows, bytes, milliseconds } = PACKAGE_LIMITS;
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
    packing.gathering ??= {
      load: await ports.nextLoadId(),
      openedAt: ports.now(),
      drafts: new Map(),
    };
    const added = ports.normalizer.add(page, packing.gathering.load);
    if (added.outcome === 'added') {
      extendDraft(packing.gathering.drafts, partition, page);
      return;
    }
    await flush(ports, packing);
    if (added.outcome === 'schema') ports.normalizer.rebuild(await ports.evolve(added.update));
  }
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
  const loadPackage = { runId, resource, chains, jobs, advances: drafts.map(advanceOf) };
  await packing.committing;
  packing.committing = commitDrafts(ports, packing, { drafts, loadPackage, load: gathering.load });
}

function extendDraft(
  drafts: Map<ActivePartition, Draft>,
  partition: ActivePartition,
  page: Page,
): void {
  let draft = drafts.get(partition);
  if (draft === undefined) {
    const { seq, token } = partition;
    draft = {
      partition,
      seq,
      tokenBefore: token,
      request: page.request,
      hash: createHash('sha256'),
      position: page.position,
      rowsIn: 0,
    };
    drafts.set(partition, draft);
    partition.seq += 1n;
  }
  draft.hash.update(page.text);
  draft.position = page.position;
  draft.rowsIn += page.records.length;
  partition.token = page.position.at === 'end' ? undefined : page.position.token;
}

function advanceOf({
  partition,
  seq,
  tokenBefore,
  request,
  hash,
  position,
  rowsIn,
}: Draft): PartitionAdvance {
  const { partition: key, fence, scanId } = partition.task;
  return {
    partition: key,
    fence,
    seq,
    scanId,
    tokenBefore,
    position,
    request,
    bodySha256: hash.digest('hex'),
    rowsIn,
  };
}

interface ClosedPackage {
  readonly drafts: readonly Draft[];
  readonly loadPackage: LoadPackage;
  readonly load: LoadId;
}

/** Never rejects: a failure is told to every partition of the package. */
async function commitDrafts(
  { commit, committed, now }: PackagerPorts,
  packing: Packing,
  { drafts, loadPackage, load }: ClosedPackage,
): Promise<void> {
  const startedAt = now();
  const partitions = drafts.map(({ partition }) => partition);
  try {
    // A package that follows a failed one of the same partition has no place to go.
    for (const { signal } of partitions) signal.throwIfAborted();
    const report = await commit(loadPackage, load);
    const ended = drafts.filter(({ position }) => position.at === 'end');
    committed(report, {
      milliseconds: now() - startedAt,
      ended: ended.map(({ partition }) => partition.task),
    });
  } catch (error) {
    if (partitions.length > 1) packing.alone = true;
    const told = partitions.length === 1 || isFatal(error) ? error : abandoned();
    for (const partition of partitions) partition.fail(told);
  }
}

/** One of several partitions may be to blame: all are taken up again, each in packages of its own. */
function abandoned(): LoaderError {
  return new LoaderError('E_STALE_LEASE', 'A package of several partitions was not committed.');
}
