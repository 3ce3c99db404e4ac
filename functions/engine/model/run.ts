import type { GapSummary } from './accessGap.ts';
import type { ErrorCode } from './errors.ts';
import type { RunId } from './ids.ts';
import type { RecordedChange } from './schema.ts';

/** What may start an invocation. */
export const TRIGGERS = ['manual', 'schedule', 'pubsub', 'continuation', 'job'] as const;

/** What started an invocation. */
export type Trigger = (typeof TRIGGERS)[number];

/** One invocation's order. Absent lists mean "all". */
export interface RunRequest {
  readonly trigger: Trigger;
  readonly families?: readonly string[];
  readonly resources?: readonly string[];
  readonly partition?: string;
  /** `full` forgets cursors for this run: everything is read again. */
  readonly mode: 'incremental' | 'full';
  /** `once` loads what is due now; `until-done` goes on until nothing is due. */
  readonly until: 'once' | 'done';
  /** A partition is due when its last finished scan began before this instant; absent means now. */
  readonly asOf?: Date;
}

/** A sentence about something that a run left out or could not do. */
export interface RunProblem {
  readonly code: ErrorCode | 'NOTICE';
  readonly resource?: string;
  readonly partition?: string;
  readonly message: string;
  /** How long GitLab asked to wait. */
  readonly retryAfterSeconds?: number;
}

/** What one invocation did with one resource; counts are of this invocation alone. */
export interface ResourceReport {
  readonly table: string;
  /** Root rows that GitLab sent. */
  readonly read: number;
  /** Root rows written because they were new or changed. */
  readonly written: number;
  readonly unchanged: number;
  /** Records that could not be stored. */
  readonly quarantined: number;
  /** Rows, child rows too, that have values in the overflow column of their table. */
  readonly overflowed: number;
  readonly partitions: number;
  readonly failed: number;
}

/** What one invocation did; the last line of `run`. */
export interface RunReport {
  readonly runId: RunId;
  /** `done`: nothing left. `suspended`: the budget ended or others hold the rest. `failed`: see `problems`. */
  readonly outcome: 'done' | 'suspended' | 'failed';
  /** Who goes on with what a suspended run has left; absent when nobody does before the next call. */
  readonly leftTo?: 'continuation' | 'another-run';
  readonly seconds: number;
  readonly requests: number;
  /** How long requests were held back because of GitLab's limits. */
  readonly waitedSeconds: number;
  readonly resources: Readonly<Record<string, ResourceReport>>;
  readonly schemaChanges: readonly RecordedChange[];
  /** What changed among the partitions that GitLab refuses; what was known before is not told again. */
  readonly gaps: readonly GapSummary[];
  readonly problems: readonly RunProblem[];
}
