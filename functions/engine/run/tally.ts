import { type GapChange, gapSummaries, type GapSummary } from '../model/accessGap.ts';
import type { RunEvent } from '../model/events.ts';
import { gapProblem } from '../model/gapProblem.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { ResourceReport, RunProblem } from '../model/run.ts';
import type { RecordedChange } from '../model/schema.ts';

/** Adds up what the events of a run say. */
export interface Tally {
  readonly count: (event: RunEvent) => void;
  readonly of: (resource: ResourceSpec) => ResourceReport;
  readonly resources: () => Readonly<Record<string, ResourceReport>>;
  readonly schemaChanges: () => readonly RecordedChange[];
  readonly gaps: () => readonly GapSummary[];
  readonly problems: () => readonly RunProblem[];
}

type Counts = { -readonly [K in keyof ResourceReport]: ResourceReport[K] };

/** Starts at zero for every resource that a run loads. */
export function openTally(resources: readonly ResourceSpec[]): Tally {
  const counts = new Map<string, Counts>(
    resources.map((resource) => [resource.id, zero(resource)]),
  );
  const schemaChanges: RecordedChange[] = [];
  const problems: RunProblem[] = [];
  const gaps: GapChange[] = [];
  const started = new Set<string>();
  return {
    count: (event) => {
      if (event.event === 'problem') problems.push(problemOf(event));
      if (event.event === 'access-gap') {
        gaps.push(event);
        problems.push(gapProblem(event));
      }
      if (event.event === 'resource-started') started.add(event.resource);
      if (event.event === 'schema-changed') schemaChanges.push(changeOf(event));
      const own = 'resource' in event ? counts.get(event.resource ?? '') : undefined;
      if (own !== undefined) add(own, event);
    },
    of: (resource) => ({ ...(counts.get(resource.id) ?? zero(resource)) }),
    resources: () =>
      Object.fromEntries(
        [...counts].filter(([id]) => started.has(id)).map(([id, report]) => [id, { ...report }]),
      ),
    schemaChanges: () => schemaChanges,
    gaps: () => gapSummaries(gaps),
    problems: () => problems,
  };
}

function zero({ table }: ResourceSpec): Counts {
  const rows = { read: 0, written: 0, unchanged: 0, quarantined: 0, overflowed: 0 };
  return { table, ...rows, partitions: 0, failed: 0 };
}

/** Problems after which the partition was still read to its end. */
const HARMLESS: ReadonlySet<string> = new Set(['NOTICE', 'E_QUARANTINED']);

function add(counts: Counts, event: RunEvent): void {
  if (event.event === 'package-committed') {
    counts.read += event.rows + event.unchanged + event.quarantined;
    counts.written += event.rows;
    counts.unchanged += event.unchanged;
    counts.quarantined += event.quarantined;
    counts.overflowed += event.overflowed;
  }
  if (event.event === 'partition-finished') counts.partitions += 1;
  if (event.event === 'problem' && !HARMLESS.has(event.code)) counts.failed += 1;
  if (event.event === 'access-gap' && event.change !== 'closed') counts.failed += 1;
}

function problemOf(problem: RunProblem): RunProblem {
  const { code, message, resource, partition, retryAfterSeconds } = problem;
  return {
    code,
    ...(resource === undefined ? {} : { resource }),
    ...(partition === undefined ? {} : { partition }),
    message,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Without the name of its event. */
function changeOf({
  event: _event,
  ...change
}: Extract<RunEvent, { event: 'schema-changed' }>): RecordedChange {
  return change;
}
