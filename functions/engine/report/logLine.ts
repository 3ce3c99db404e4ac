import type { RunEvent } from '../model/events.ts';
import { gapProblem } from '../model/gapProblem.ts';
import type { RunProblem } from '../model/run.ts';
import type { RecordedChange } from '../model/schema.ts';
import type { LogPlace } from './logPlace.ts';
import type { Severity } from './noteLine.ts';

interface Description {
  readonly severity: Severity;
  readonly message: string;
}

type Describe = { readonly [E in RunEvent as E['event']]: (event: E) => Description };

/** One event as one line of JSON in Cloud Logging's form; the line never contains a line break. */
export function logLine(event: RunEvent, time: Date, place: LogPlace = {}): string {
  const describe = DESCRIBE[event.event] as (event: RunEvent) => Description;
  const { severity, message } = describe(event);
  return JSON.stringify({ severity, message, time: time.toISOString(), ...event, ...place });
}

/** What each event means to a person. */
const DESCRIBE: Describe = {
  'run-started': ({ runId, resources }) =>
    info(`Run ${runId} loads ${counted(resources.length, 'resource')}.`),
  'taken-over': ({ dataset, tables }) =>
    info(
      `Dataset '${dataset}' is taken over with ${counted(tables.length, 'table')} of the catalogue.`,
    ),
  'resource-started': ({ resource }) => info(`Loading ${resource}.`),
  'package-committed': ({ resource, rows, unchanged }) =>
    info(`${resource}: ${counted(rows, 'row')} written, ${unchanged.toString()} unchanged.`),
  'rows-deleted': ({ resource, partition, rows }) =>
    info(
      `${resource}: ${counted(rows, 'row')} of ${partition === '' ? 'the instance' : partition} deleted.`,
    ),
  'partition-finished': ({ resource, partition }) =>
    info(`${resource}: ${partition === '' ? 'the instance' : partition} is complete.`),
  'schema-changed': (change) => ({ severity: 'NOTICE', message: changeSentence(change) }),
  'resource-finished': ({ resource, read, written }) =>
    info(`${resource}: ${counted(read, 'row')} read, ${written.toString()} written.`),
  'request-retried': ({ request, status, waitMilliseconds }) => ({
    severity: 'WARNING',
    message: `'${request}' ${answerOf(status)}; it is sent again in ${waitMilliseconds.toString()} ms.`,
  }),
  'access-gap': (gap) => problem(gapProblem(gap)),
  'requests-paused': ({ request, reason, until, milliseconds }) => ({
    severity: 'NOTICE',
    message: `Requests like '${request}' wait ${Math.ceil(milliseconds / 1000).toString()} s, until ${until.toISOString()}: ${PAUSES[reason]}.`,
  }),
  'continuation-asked': ({ asOf }) =>
    info(`Time is up; another run goes on up to ${asOf.toISOString()}.`),
  problem,
  'run-report': ({ outcome, seconds, requests, waitedSeconds }) => ({
    severity: outcome === 'failed' ? 'ERROR' : 'INFO',
    message: `Run ${outcome} after ${seconds.toString()} s and ${counted(requests, 'request')}${waitedFor(waitedSeconds)}.`,
  }),
};

const PAUSES = {
  'limit-used': "the loader's part of GitLab's limit is used up",
  'asked-to-wait': 'GitLab asked to wait',
} as const;

/** Problems that need nobody now; every other is an error. */
const SEVERITIES: Readonly<Partial<Record<RunProblem['code'], Severity>>> = {
  NOTICE: 'NOTICE',
  E_QUARANTINED: 'WARNING',
  E_GITLAB_FORBIDDEN: 'WARNING',
  E_GITLAB_BUSY: 'WARNING',
};

function problem({ code, message }: RunProblem): Description {
  return { severity: SEVERITIES[code] ?? 'ERROR', message };
}

function changeSentence({ table, column, type, change, ...more }: RecordedChange): string {
  const { oldType, sample, loadId, views = [] } = more;
  if (change === 'table-created')
    return `Table '${table}' was created with column '${column}' (${type}).`;
  const beside = oldType === undefined ? '' : ` beside ${oldType}`;
  const value = sample === undefined ? '' : ` and value ${sample}`;
  const readers = views.length === 0 ? '' : `; views that read the table: ${views.join(', ')}`;
  return `Column '${column}' (${type}${beside}) was added to table '${table}' for load '${loadId}'${value}${readers}.`;
}

function info(message: string): Description {
  return { severity: 'INFO', message };
}

function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? '' : 's'}`;
}

function waitedFor(seconds: number): string {
  return seconds === 0
    ? ''
    : `, of which ${seconds.toString()} s were spent waiting for GitLab's limits`;
}

function answerOf(status: number): string {
  return status === 0 ? 'got no answer' : `was answered with ${status.toString()}`;
}
