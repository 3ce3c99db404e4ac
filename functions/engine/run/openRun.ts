import { setTimeout as sleep } from 'node:timers/promises';

import type { Connector } from '../alloydb/index.ts';
import type { Catalog } from '../catalog/selection.ts';
import { allResources, selectResources } from '../catalog/selection.ts';
import { readCertificates } from '../config/certificates.ts';
import type { GitlabSettings, Settings } from '../config/settings.ts';
import { type GitlabClient, openGitlab } from '../extract/client.ts';
import type { Report } from '../model/events.ts';
import { runId } from '../model/ids.ts';
import type { RequestBudgets } from '../model/requestBudget.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import type { Waker } from '../model/waker.ts';
import { chooseResources } from '../plan/choose.ts';
import { parseResources } from '../plan/resources.ts';
import { parseScope } from '../plan/scope.ts';
import type { Database } from '../sql/pool.ts';
import { completeResources } from '../state/completeResources.ts';
import { beginRun } from '../state/runs.ts';
import { readSecretKey } from '../state/secretKey.ts';
import { type TimeBudget, timeBudget } from './budget.ts';
import type { RunContext } from './context.ts';
import { identify } from './identify.ts';
import { isProgress } from './isProgress.ts';
import { movable } from './movable.ts';
import type { Moves } from './moves.ts';
import { openDatabase } from './openDatabase.ts';
import { resilient } from './resilient.ts';
import { openSchemas } from './schemas.ts';
import { shareBudgets, type SharedBudgets } from './shareBudgets.ts';
import { takeOver } from './takeOver.ts';
import { openTally } from './tally.ts';
import { tellTakeover } from './tellTakeover.ts';
import { tellToken } from './tellToken.ts';

const LONGEST_WAIT_MILLISECONDS = 120_000;

/** Requests that the reading of one partition has under way at most: its next pages and its next targets. */
const REQUESTS_PER_PARTITION = 4;

/** What an entrance (command line, function, job) hands to a run; clocks and randomness come from there. */
export interface RunEntrance {
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  readonly uuid: () => string;
  /** Whom a run that its time cut short asks to go on. */
  readonly waker?: Waker;
  /** Ends an invocation that no setting ends, when another one follows by itself. */
  readonly invocationSeconds?: number;
  /** Kept for many runs, so that only the first one waits for a certificate. A run without it opens its own. */
  readonly connector?: Connector | undefined;
  /** Where the platform moves processes that run for long. */
  readonly moves?: Moves;
}

/** A run that is ready to load. */
export interface OpenRun extends Omit<RunContext, 'asOf'> {
  /** The instants to bring everything up to, oldest first. */
  readonly ticks: readonly Date[];
  readonly chosen: readonly ResourceSpec[];
  readonly startedAt: number;
  /** The error that ended the run early, if one did. */
  readonly stopped: () => unknown;
  readonly close: () => Promise<void>;
}

/** A run that has a database and a client, and has done nothing with them. */
export interface Connected
  extends
    RunEntrance,
    Pick<
      RunContext,
      'runId' | 'request' | 'scope' | 'budget' | 'tally' | 'report' | 'database' | 'client'
    > {
  readonly budgets: SharedBudgets;
  readonly startedAt: number;
  /** Ends the run. */
  readonly stopper: AbortController;
  readonly close: () => Promise<void>;
}

/** Opens database and client, whose settings must be right; neither is asked for anything. */
export async function connect(entrance: RunEntrance, request: RunRequest): Promise<Connected> {
  const { settings, now } = entrance;
  const startedAt = now();
  selectResources(entrance.catalog, request);
  const scope = parseScope(settings.gitlabScope);
  const id = runId(entrance.uuid());
  const stopper = new AbortController();
  const signal = AbortSignal.any([entrance.signal, stopper.signal]);
  const seconds = settings.timeBudgetSeconds || entrance.invocationSeconds;
  const budget = timeBudget(seconds, { now, signal });
  const tally = openTally(allResources(entrance.catalog));
  const report: Report = (event) => {
    tally.count(event);
    if (isProgress(event)) budget.progressed();
    entrance.report(event);
  };
  const database = await openRunDatabase(entrance, id);
  const budgets = shareBudgets(database, settings.dataset);
  const client = await openClient({ ...entrance, report, budgets }, budget).catch(
    async (error: unknown) => {
      await database.close();
      throw error;
    },
  );
  return {
    ...{ ...entrance, runId: id, request, scope, startedAt, stopper },
    ...{ budget, tally, report, database, client, budgets },
    close: () => closeAll(client, database),
  };
}

/** Opens state, schema and GitLab; throws the first thing that makes loading impossible, and closes then. */
export async function openRun(connected: Connected): Promise<OpenRun> {
  const { stopper, catalog, signal } = connected;
  try {
    return {
      ...(await prepare(connected, allResources(catalog))),
      noticed: new Set(),
      ...{ givenUp: new Map(), standings: new Map(), listed: new Map() },
      isAskedToEnd: () => signal.aborted && !stopper.signal.aborted,
      stop: (error) => {
        stopper.abort(error);
      },
      stopped: () => (stopper.signal.aborted ? (stopper.signal.reason as unknown) : undefined),
    };
  } catch (error) {
    await connected.close();
    throw error;
  }
}

/** One connection for every partition in flight, and some for packages and claims. */
async function openRunDatabase(
  { settings, random, connector, moves, signal }: RunEntrance,
  id: RunContext['runId'],
): Promise<Database> {
  const applicationName = `gitlab-alloydb/${id}`;
  const max = settings.concurrency + 4;
  const open = () => openDatabase(settings, { applicationName, max, connector });
  const database = moves === undefined ? await open() : movable(open, { moves, signal });
  return resilient(database, random);
}

type Prepared = Omit<
  OpenRun,
  'noticed' | 'givenUp' | 'standings' | 'listed' | 'isAskedToEnd' | 'stop' | 'stopped'
>;

/** Finds out whose token it is, brings state and dataset up to date, and chooses what to load. */
async function prepare(connected: Connected, all: readonly ResourceSpec[]): Promise<Prepared> {
  const { settings, catalog, database, request, report, runId: id } = connected;
  const { dataset, leaseSeconds } = settings;
  const identity = await identify(connected);
  const standing = await takeOver({ ...connected, dataset, resources: all });
  const schemas = await openSchemas({ ...connected, ...standing, dataset, resources: all });
  if (standing.found !== undefined) tellTakeover(report, dataset, standing.found);
  const complete = await completeResources(database, dataset);
  const secretKey =
    settings.secretFields === 'hash' ? await readSecretKey(database, dataset) : undefined;
  const ticks = await beginRun(database, dataset, {
    runId: id,
    request,
    length: settings.timeBudgetSeconds === 0 ? 'unbounded' : 'bounded',
  });
  const { isAdmin, username } = identity;
  const choice = chooseResources(catalog, request, {
    isAdmin,
    complete,
    filter: parseResources(settings.resources),
  });
  const ids = choice.resources.map((resource) => resource.id);
  report({ event: 'run-started', runId: id, request, resources: ids });
  tellToken(connected, choice, identity);
  return {
    ...connected,
    ticks,
    chosen: choice.resources,
    resources: new Map(all.map((resource) => [resource.id, resource])),
    claims: { database, dataset, runId: id, leaseSeconds },
    schemas,
    ...{ isAdmin, username },
    secretKey,
  };
}

async function closeAll(client: GitlabClient, database: Database): Promise<void> {
  client.close();
  // What is not given back ends with its window.
  await client.settle().catch(() => undefined);
  await database.close();
}

/** Opens the client of an entrance; certificate files are read here, so that a bad one is named. */
export async function openClient(
  {
    settings,
    report,
    now,
    random,
    budgets,
  }: Pick<RunEntrance, 'report' | 'now' | 'random'> & {
    readonly settings: GitlabSettings;
    readonly budgets?: RequestBudgets;
  },
  budget: TimeBudget,
): Promise<GitlabClient> {
  return openGitlab({
    baseUrl: settings.gitlabBaseUrl,
    token: settings.gitlabToken,
    allowHttp: settings.gitlabAllowHttp === 'true',
    ...(await readCertificates(settings)),
    sleep: async (milliseconds, until) => {
      await sleep(milliseconds, undefined, until === undefined ? {} : { signal: until });
    },
    random,
    now,
    report,
    signal: budget.signal,
    userAgent: 'gitlab-alloydb',
    budgets,
    reservePercent: settings.rateReservePercent,
    mostAtATime: settings.concurrency * REQUESTS_PER_PARTITION,
    remainingMilliseconds: () =>
      Math.min(budget.remainingMilliseconds(), LONGEST_WAIT_MILLISECONDS),
  });
}
