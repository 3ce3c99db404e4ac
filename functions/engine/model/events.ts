import type { GapChange } from './accessGap.ts';
import type { ResourceReport, RunProblem, RunReport, RunRequest } from './run.ts';
import type { RecordedChange } from './schema.ts';
import type { Takeover } from './takeover.ts';

/** A fact about a run. Stages emit them; `report/` renders them. */
export type RunEvent =
  | {
      readonly event: 'run-started';
      readonly runId: string;
      readonly request: RunRequest;
      readonly resources: readonly string[];
    }
  | ({ readonly event: 'taken-over'; readonly dataset: string } & Takeover)
  | { readonly event: 'resource-started'; readonly resource: string }
  | {
      readonly event: 'package-committed';
      readonly resource: string;
      readonly loadId: string | undefined;
      readonly rows: number;
      readonly unchanged: number;
      readonly quarantined: number;
      readonly overflowed: number;
      readonly milliseconds: number;
    }
  | {
      readonly event: 'rows-deleted';
      readonly resource: string;
      readonly partition: string;
      readonly loadId: string;
      readonly rows: number;
    }
  | { readonly event: 'partition-finished'; readonly resource: string; readonly partition: string }
  | ({ readonly event: 'schema-changed' } & RecordedChange)
  | ({ readonly event: 'resource-finished'; readonly resource: string } & ResourceReport)
  | {
      readonly event: 'request-retried';
      readonly request: string;
      readonly status: number;
      readonly waitMilliseconds: number;
    }
  | ({ readonly event: 'access-gap' } & GapChange)
  | {
      readonly event: 'requests-paused';
      /** The first request that was held back. */
      readonly request: string;
      readonly reason: 'limit-used' | 'asked-to-wait';
      readonly until: Date;
      readonly milliseconds: number;
    }
  | { readonly event: 'continuation-asked'; readonly asOf: Date }
  | ({ readonly event: 'problem' } & RunProblem)
  | ({ readonly event: 'run-report' } & RunReport);

/** Takes every event of a run, in order. Must not throw. */
export type Report = (event: RunEvent) => void;
