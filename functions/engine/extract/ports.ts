import type { Report } from '../model/events.ts';
import type { PartitionTask, StoredTarget } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import type { RecordFilter } from './records.ts';

/** What reading needs to know about rows that were loaded before. */
export interface DestinationReader {
  /**
   * The stored values of the parameters bound to parents, known columns or the full path, as one target each:
   * ordered, only those after `task.token.after` in that order, only those that the cursor asks for. With each comes
   * what its rows include from the parent.
   * Called for resources that have such parameters.
   */
  targets(task: PartitionTask): AsyncIterable<StoredTarget>;
  /** The cursor that this scan leaves behind, asked once, when it begins; asked only where it comes from stored rows. */
  cursorAtEnd(task: PartitionTask): Promise<string | undefined>;
  /** Ids of stored rows that fulfil `rereadWhile`, those too that this scan has loaded. */
  unfinished(task: PartitionTask): Promise<readonly string[]>;
  /** When the partition's project or group was created, as far as that is stored. */
  createdAt(task: PartitionTask): Promise<string | undefined>;
}

/** What a scan reads with. */
export interface PagePorts {
  readonly client: Pick<GitlabClient, 'get' | 'graphql'>;
  readonly destination: DestinationReader;
  readonly report: Report;
  /** Ends the scan with the signal's reason. */
  readonly signal: AbortSignal;
  /** False when time is over: nothing more is asked for. Without it time never is. */
  readonly mayAsk?: (() => boolean) | undefined;
  readonly isAdmin: boolean;
  readonly settings: {
    readonly dictionaryTables: readonly (readonly [string, string])[];
    readonly overlapMinutes: number;
  };
  /** The instant that is being brought up to; stands in where GitLab's answers have no date. */
  readonly asOf: Date;
  /** Leaves records outside GITLAB_SCOPE out; used for resources that discover partitions. */
  readonly scopeFilter?: RecordFilter | undefined;
  /** Told when a part of the list cannot be read although the scan goes on: what it shows is not all that there is. */
  readonly leftOut?: (() => void) | undefined;
  /** Every resource by its id, to ask for the row that a refused target stands below. */
  readonly resources?: ReadonlyMap<string, ResourceSpec> | undefined;
  /** Notices already given: one set for a run keeps each of them single. */
  readonly noticed?: Set<string> | undefined;
}
