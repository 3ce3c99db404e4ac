import { createHash, type Hash } from 'node:crypto';

import type { PartitionAdvance } from '../model/package.ts';
import type { Page } from '../model/page.ts';
import type { PartitionTask, Position, ScanToken } from '../model/position.ts';
import type { ScanCount } from './scanCount.ts';

/** A claimed partition while its pages are read; `seq` runs ahead of what is committed. */
export interface ActivePartition {
  readonly task: PartitionTask;
  seq: bigint;
  token: ScanToken | undefined;
  /** `partial` once the scan left something out that it cannot name; undefined where nobody asks what it sees. */
  sight: 'whole' | 'partial' | undefined;
  /** What the scan tells of the number of rows in its list; undefined where nobody asks. */
  count?: ScanCount | undefined;
  /** Aborted, with the error as its reason, once a package of this partition could not be committed. */
  readonly signal: AbortSignal;
  readonly fail: (error: unknown) => void;
}

/** Begins the reading of a claimed partition. */
export function activate(task: PartitionTask): ActivePartition {
  const abort = new AbortController();
  const { seq, token } = task;
  const fail = (error: unknown): void => {
    abort.abort(error);
  };
  const sight = task.sweeps === true ? 'whole' : undefined;
  return { task, seq, token, sight, signal: abort.signal, fail };
}

/** What a package that is being gathered holds of one partition. */
export interface Draft {
  readonly partition: ActivePartition;
  readonly seq: bigint;
  readonly tokenBefore: ScanToken | undefined;
  readonly request: string;
  readonly hash: Hash;
  position: Position;
  rowsIn: number;
  /** Ids of the rows that its pages showed, where somebody asks for them. */
  readonly seen: string[];
}

/** A page and the ids of the rows that it showed. */
export interface DraftPage {
  readonly page: Page;
  readonly seen: readonly string[];
}

/** Adds a page to the partition's draft; the first one begins it and takes the partition's next seq. */
export function extendDraft(
  drafts: Map<ActivePartition, Draft>,
  partition: ActivePartition,
  { page, seen }: DraftPage,
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
      seen: [],
    };
    drafts.set(partition, draft);
    partition.seq += 1n;
  }
  draft.hash.update(page.text);
  draft.position = page.position;
  draft.rowsIn += page.records.length;
  for (const id of seen) draft.seen.push(id);
  partition.token = page.position.at === 'end' ? undefined : page.position.token;
}

/** How the draft's package moves its partition. */
export function advanceOf({
  partition,
  seq,
  tokenBefore,
  request,
  hash,
  position,
  rowsIn,
  seen,
}: Draft): PartitionAdvance {
  const { partition: key, fence, scanId, full = false } = partition.task;
  const count = partition.count?.result();
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
    mayRewind: full,
    ...(partition.sight === undefined
      ? {}
      : { seen: partition.sight === 'whole' ? seen : 'partial' }),
    ...(count === undefined ? {} : { count }),
  };
}
