// A start is given more processor time than the calls after it, so what reads GitLab is loaded with it.
import '../extract/connections.ts';

import { randomUUID } from 'node:crypto';

import { http, type Request, type Response } from '@google-cloud/functions-framework';

import { Connector } from '../alloydb/index.ts';
import type { Catalog } from '../catalog/selection.ts';
import { loadSettings } from '../config/loadSettings.ts';
import type { Environment } from '../config/settings.ts';
import { endpointOf } from '../google/endpoints.ts';
import { LoaderError } from '../model/errors.ts';
import type { RunEvent } from '../model/events.ts';
import type { Family } from '../model/resource.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import { logLine } from '../report/logLine.ts';
import { type LogPlace, logPlace } from '../report/logPlace.ts';
import { type Note, noteLine } from '../report/noteLine.ts';
import { readCall } from '../trigger/call.ts';
import { readBody } from '../trigger/readBody.ts';
import { type Answer, answerOf, refusalOf, STOPPED } from './answer.ts';
import { openInstance, send } from './instance.ts';
import { loaderProblem } from './loaderProblem.ts';
import { keepMemoryFlat } from './memory.ts';
import { openWaker } from './openWaker.ts';
import { run } from './run.ts';
import { leaveBodiesUnread } from './unreadBody.ts';

const instance = openInstance({ now: Date.now, write });

/**
 * Registers the function of a family: `POST` runs what is due of it, whether Pub/Sub, Cloud Scheduler or a person calls.
 * `parents` are the families whose resources partition it; they are loaded first when they never were.
 */
export function serve(family: Family, parents: readonly Family[] = []): void {
  hideErrorPages();
  leaveBodiesUnread();
  keepMemoryFlat();
  const catalog = Object.fromEntries([...parents, family].map((member) => [member.id, member]));
  const handler = familyHandler({
    family: family.id,
    catalog,
    environment: process.env,
    signal: instance.signal,
    connector: connectorFor(process.env),
    outlast: instance.outlast,
  });
  http(family.id, (request, response) =>
    instance.during(response, () => handler(request, response)),
  );
}

/** A connector that lives as long as the process, for settings that name an AlloyDB instance. */
export function connectorFor(environment: Environment): Connector | undefined {
  if ((environment['ALLOYDB_INSTANCE'] ?? '') === '') return undefined;
  return new Connector({ apiEndpoint: endpointOf('alloydb', environment) });
}

/** What the function of a family runs with. */
export interface FamilyEntrance {
  readonly family: string;
  readonly catalog: Catalog;
  readonly environment: Environment;
  /** Asks runs that are under way to end in good order. */
  readonly signal: AbortSignal;
  readonly connector: Connector | undefined;
  /** Keeps the process for work that no answer waits for. */
  readonly outlast?: (work: Promise<unknown>) => void;
}

/** The framework shows the stack of what it cannot answer unless it knows that this is production. */
export function hideErrorPages(): void {
  process.env['NODE_ENV'] ??= 'production';
}

/** The body of a call is a few names; a message of Pub/Sub adds its envelope. */
const BODY_LIMITS = { keepBytes: 1 << 20, readBytes: 1 << 20, milliseconds: 30_000 } as const;

/** Answers calls of a family: `POST` with the report of a run, `GET /` and `GET /healthz` with its health. */
export function familyHandler(entrance: FamilyEntrance) {
  return async (request: Request, response: Response): Promise<void> => {
    if (request.method !== 'POST') {
      look(request, response);
      return;
    }
    send(response, await answer(entrance, request), entrance.signal);
  };
}

function look({ method, path }: Request, response: Response): void {
  const isLook = method === 'GET' || method === 'HEAD';
  if (isLook && (path === '/' || path === '/healthz')) response.status(200).json({ status: 'ok' });
  else
    response.status(405).set('allow', 'POST').json({ message: 'Functions are called with POST.' });
}

/** Where the lines of one call go. */
interface CallLog {
  readonly event: (event: RunEvent) => void;
  readonly note: (note: Note) => void;
}

/** One run on behalf of a call; a call that goes on in this process opens another one. */
interface RunCall {
  readonly runId: string;
  readonly log: CallLog;
  readonly openCall: () => RunCall;
}

async function answer(entrance: FamilyEntrance, request: Request): Promise<Answer> {
  const { family, environment, signal } = entrance;
  const project = environment['GOOGLE_CLOUD_PROJECT'];
  const openCall = (): RunCall => {
    const runId = randomUUID();
    const labels = { family, run_id: runId };
    return { runId, openCall, log: openLog(logPlace(request.headers, { project, labels })) };
  };
  const call = openCall();
  if (signal.aborted) return STOPPED;
  try {
    const order = await readOrder(entrance, request);
    return answerOf(await runOrder(entrance, order, call));
  } catch (error) {
    return told(error, { signal, log: call.log });
  }
}

/** What a request holds is not logged, so neither is what is wrong with it. */
function told(
  error: unknown,
  { signal, log }: { readonly signal: AbortSignal; readonly log: CallLog },
): Answer {
  const isOwn = error instanceof LoaderError;
  if (signal.aborted && !isOwn) return STOPPED;
  if (!isOwn) log.note({ severity: 'ERROR', message: 'The loader has a defect.', error });
  else if (error.code === 'E_REQUEST')
    log.note({ severity: 'WARNING', message: 'A wrong request was refused with 400.' });
  else log.event({ event: 'problem', ...loaderProblem(error) });
  return refusalOf(error);
}

async function readOrder(
  { family, catalog }: FamilyEntrance,
  request: Request,
): Promise<RunRequest> {
  const read = await readBody(request, BODY_LIMITS);
  if (read.end !== 'whole')
    throw new LoaderError(
      'E_REQUEST',
      `The request's body could not be read; at most ${BODY_LIMITS.keepBytes} bytes are.`,
    );
  const order = readCall({ body: read.body, headers: request.headers }, family);
  requireOwn(order, catalog[family]);
  return order;
}

async function runOrder(
  entrance: FamilyEntrance,
  order: RunRequest,
  { runId, log, openCall }: RunCall,
): Promise<RunReport> {
  const { catalog, environment, signal, connector } = entrance;
  const settings = await loadSettings(environment);
  const goOn = (continuation: RunRequest): void => {
    const next = openCall();
    const going = runOrder(entrance, continuation, next).catch((error: unknown) =>
      told(error, { signal, log: next.log }),
    );
    entrance.outlast?.(going);
  };
  const waker = openWaker(settings, { environment, catalog, goOn });
  return run(
    {
      ...{ settings, catalog, signal, connector },
      report: log.event,
      ...{ now: Date.now, random: Math.random },
      uuid: () => runId,
      ...(waker && { waker }),
    },
    order,
  );
}

function requireOwn(
  { families = [], resources = [] }: RunRequest,
  family: Family | undefined,
): void {
  const other = families.find((name) => name !== family?.id);
  if (other !== undefined)
    throw new LoaderError('E_REQUEST', `This function is not that of family '${other}'.`);
  const own = Object.keys(family?.resources ?? {});
  const foreign = resources.find((name) => !own.includes(name));
  if (foreign === undefined) return;
  throw new LoaderError(
    'E_REQUEST',
    `This function has no resource named '${foreign}'; known: ${own.join(', ')}.`,
  );
}

function openLog(place: LogPlace): CallLog {
  return {
    event: (event) => {
      write(logLine(event, new Date(), place));
    },
    note: (note) => {
      write(noteLine(note, new Date(), place));
    },
  };
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
