import { partitionName } from '../../functions/engine/model/partitionName.ts';
import { recordPlace } from '../../functions/engine/report/recordPlace.ts';
import type { DatasetStatus } from '../../functions/engine/run/readStatus.ts';
import type { FailedPartition } from '../../functions/engine/state/halted.ts';
import { drawTable } from './summary.ts';

/** As many characters of a run's id as tell it from others. */
const SHORT_ID = 8;

/** How a dataset stands, for people: what failed in lines, then tables. */
export function describeStatus(status: DatasetStatus): string {
  const { dataset, runs, resources, halted, failing, violations, quarantine, events } = status;
  if (runs.length === 0) return `Nothing has been loaded into '${dataset}' yet.`;
  const runRows = runs.map(({ runId, trigger, started, ended, outcome, ...cost }) => [
    ...[runId.slice(0, SHORT_ID), trigger, started.toISOString(), ended?.toISOString() ?? '-'],
    outcome ?? 'running or killed',
    ...[cost.requests?.toLocaleString('en') ?? '-', waited(cost.waitedSeconds)],
  ]);
  const told = new Set([...halted, ...failing].map(({ resource }) => resource));
  const resourceRows = resources.map((row) => [
    row.resource,
    `${row.complete.toString()}/${row.partitions.toString()}`,
    row.rowsWritten.toLocaleString('en'),
    rowsOf(status, row.resource),
    row.completeAsOf?.toISOString() ?? 'not yet',
    ...[row.held, row.inaccessible, row.failing, row.halted].map(String),
    told.has(row.resource) ? 'see above' : (row.lastError ?? ''),
  ]);
  const head = [
    'resource',
    'complete',
    'rows written',
    'rows',
    'complete as of',
    'held',
    'no access',
    'failing',
    'halted',
    'last error',
  ];
  return [
    partitionLines(status),
    gapLines(status),
    drawTable(RUN_HEAD, runRows, [5, 6]),
    drawTable(head, resourceRows, [1, 2, 3, 5, 6, 7, 8]),
    status.sweeps.length === 0 ? '' : sweepTable(status.sweeps),
    violations.length === 0 ? '' : violationTable(violations),
    quarantine.length === 0 ? '' : quarantineTable(quarantine),
    events.length === 0 ? '' : eventTable(events),
  ]
    .join('')
    .trimEnd();
}

const RUN_HEAD = ['run', 'trigger', 'started', 'ended', 'outcome', 'requests', 'waited'];

/** How long GitLab's limits held a run back. */
function waited(seconds: number | null): string {
  return seconds === null ? '-' : `${Math.round(seconds).toLocaleString('en')} s`;
}

/** Rows that are stored of those that GitLab told of, in the partitions of which it told; `?` where in none. */
function rowsOf({ completeness }: DatasetStatus, resource: string): string {
  const known = completeness.find((one) => one.resource === resource);
  if (known === undefined) return '?';
  return `${known.landed.toLocaleString('en')} of ${known.expected.toLocaleString('en')}`;
}

/** Lines instead of a table, because sentences would make that wider than any terminal. */
function partitionLines({ halted, failing, haltedSweeps }: DatasetStatus): string {
  const lines = [
    ...halted.flatMap((partition) => [
      `! ${partitionName(partition)} is halted: ${why(partition)}`,
      `  once it is corrected: ${resumeCommand(partition)}`,
    ]),
    ...haltedSweeps.flatMap((sweep) => [
      `! ${partitionName(sweep)} deletes nothing: ${sweep.note ?? 'too many rows are gone'}`,
      `  if they are really gone: ${resumeCommand(sweep)} --confirm-deletes`,
    ]),
    ...failing.map((partition) => `! ${partitionName(partition)} fails: ${why(partition)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function why({ code, lastError }: FailedPartition): string {
  return `${lastError ?? 'it did not say why'}${code === null ? '' : ` [${code}]`}`;
}

function resumeCommand({
  resource,
  partition,
}: Pick<FailedPartition, 'resource' | 'partition'>): string {
  return `resume --resource ${resource}${partition === '' ? '' : ` --partition ${partition}`}`;
}

/** One line for each class of what GitLab refuses: how many partitions of which resources, since when, and what to do. */
function gapLines({ gaps }: DatasetStatus): string {
  const classes = [...new Set(gaps.map((gap) => gap.class))];
  return classes
    .map((kind) => gapLine(gaps.filter((gap) => gap.class === kind)))
    .map((line) => `${line}\n`)
    .join('');
}

function gapLine(gaps: DatasetStatus['gaps']): string {
  const [first] = gaps;
  if (first === undefined) return '';
  const count = gaps.reduce((sum, gap) => sum + gap.count, 0);
  const since = gaps.map((gap) => gap.since.toISOString()).toSorted()[0] ?? '';
  const places = gaps.map((gap) => `${gap.resource} (${gap.count.toLocaleString('en')})`);
  const example = `e.g. ${partitionName(first)}`;
  return `i no access to ${count.toLocaleString('en')} since ${since}, ${first.class}: ${places.join(', ')}, ${example}: ${first.what}; ${first.help}`;
}

function sweepTable(sweeps: DatasetStatus['sweeps']): string {
  const rows = sweeps.map(({ resource, rowsDeleted, due, halted, sweptAt }) => [
    ...[resource, rowsDeleted.toLocaleString('en'), due.toString(), halted.toString()],
    sweptAt?.toISOString() ?? 'not yet',
  ]);
  const head = ['resource', 'rows deleted', 'sweeps due', 'halted', 'swept at'];
  return drawTable(head, rows, [1, 2, 3]);
}

function violationTable(violations: DatasetStatus['violations']): string {
  const rows = violations.map(({ resource, entity, mode, table, column, count, ...last }) => [
    ...[resource, column === '' ? table : `${table}.${column}`],
    `${entity}=${mode}`,
    ...[count.toLocaleString('en'), last.lastLoadId, last.lastAt.toISOString()],
  ]);
  const head = ['resource', 'left out of', 'contract', 'times', 'last load', 'last time'];
  return drawTable(head, rows, [3]);
}

function quarantineTable(quarantine: DatasetStatus['quarantine']): string {
  const rows = quarantine.map(({ resource, reason, open, resolved, lastAt }) => [
    ...[resource, reason, open.toLocaleString('en'), resolved.toLocaleString('en')],
    lastAt.toISOString(),
  ]);
  const head = ['resource', 'quarantined because', 'records', 'stored since', 'last read'];
  const lasts = quarantine.map(
    ({ explanation, ...last }) =>
      `! ${partitionName(last)}: the last, ${recordPlace({ ...last, index: last.place })}: ${explanation}\n`,
  );
  return `${drawTable(head, rows, [2, 3])}${lasts.join('')}`;
}

/** `dead` ones are told by their reason: nobody brings them again. */
function eventTable(events: DatasetStatus['events']): string {
  const rows = events.map(({ state, events: count, deliveries, seconds, last }) => [
    ...[state, count.toLocaleString('en'), deliveries.toLocaleString('en')],
    seconds === null ? '-' : `${seconds.toFixed(1)} s`,
    last.toISOString(),
  ]);
  const dead = events.filter(({ state }) => state === 'dead' || state === 'failed');
  const lines = dead.map(({ state, reason }) => `! an event is ${state}: ${reason ?? ''}\n`);
  const head = ['webhook events', 'events', 'deliveries', 'half within', 'last came'];
  return `${drawTable(head, rows, [1, 2, 3])}${lines.join('')}`;
}
