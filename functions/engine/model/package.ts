import type { ListCount } from './completeness.ts';
import type { LoadId, PartitionKey, RunId } from './ids.ts';
import type { Position, ScanToken } from './position.ts';
import type { QuarantinedRecord } from './quarantine.ts';
import type { ResourceSpec } from './resource.ts';
import type { LoadJob, TableChain } from './rows.ts';
import type { ContractViolation } from './schema.ts';

/** How one package moves one partition: the compare-and-set and what the history keeps of it. */
export interface PartitionAdvance {
  readonly partition: PartitionKey;
  readonly fence: bigint;
  readonly seq: bigint;
  readonly scanId: bigint;
  readonly tokenBefore: ScanToken | undefined;
  readonly position: Position;
  readonly request: string;
  readonly bodySha256: string;
  readonly rowsIn: number;
  /** Everything is read again, so the cursor may fall: a GitLab that was restored gives ids again. */
  readonly mayRewind: boolean;
  /**
   * `_dlt_id`s that GitLab showed, where the scan keeps them; `partial` when it left something out that it cannot name.
   */
  readonly seen?: readonly string[] | 'partial';
  /** What its pages told of the number of rows in the whole list. */
  readonly count?: ListCount;
}

/** Everything one transaction makes visible: rows, their history and the partitions' new positions. */
export interface LoadPackage {
  readonly runId: RunId;
  readonly resource: ResourceSpec;
  readonly chains: readonly TableChain[];
  readonly jobs: readonly LoadJob[];
  readonly advances: readonly PartitionAdvance[];
  /** What the contract left out of the pages; a table and column may stand here several times. */
  readonly violations: readonly ContractViolation[];
  /** Records of its pages that cannot be stored; the same may stand here several times. */
  readonly quarantined: readonly QuarantinedRecord[];
}

/** What a committed package did. `unchanged` rows were equal to what is stored and kept their load id. */
export interface CommitReport {
  /** Absent when no row changed: such a package leaves no load behind. */
  readonly loadId: LoadId | undefined;
  readonly rows: number;
  readonly unchanged: number;
  /** Records that went to the quarantine instead. */
  readonly quarantined: readonly QuarantinedRecord[];
}
