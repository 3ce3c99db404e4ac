import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Connector } from '../alloydb/index.ts';
import type { Catalog } from '../catalog/selection.ts';
import { allResources, selectResources } from '../catalog/selection.ts';
import type { Settings } from '../config/settings.ts';
import { type GitlabClient, openGitlab } from '../extract/client.ts';
import { LoaderError } from '../model/errors.ts';
import type { Report } from '../model/events.ts';
import { runId } from '../model/ids.ts';
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
import { openDatabase } from './openDatabase.ts';
import { resilient } from './resilient.ts';
import { openSchemas } from './schemas.ts';
import { takeOver } from './takeOver.ts';
import { openTally } from './tally.ts';
import { tellTakeover } from './tellTakeover.ts';

const LONGEST_WAIT_MILLISECONDS = 120_000;

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

/** Opens database, state, schema and GitLab; throws the first thing that makes loading impossible. */
export async function openRun(entrance: RunEntrance, request: RunRequest): Promise<OpenRun> {
  const { settings, now } = entrance;
  const startedAt = now();
  selectResources(entrance.catalog, request);
  const scope = parseScope(settings.gitlabScope);
  const id = runId(entrance.uuid());
  const stopper = new AbortController();
  const signal = AbortSignal.any([entrance.signal, stopper.signal]);
  const seconds = settings.timeBudgetSeconds || entrance.invocationSeconds;
  const budget = timeBudget(seconds, { now, signal });
  const resources = allResources(entrance.catalog);
  const tally = openTally(resources);
  const report: Report = (event) => {
    tally.count(event);
    entrance.report(event);
  };
  const database = await openRunDatabase(entrance, id);
  const client = await openClient({ ...entrance, report }, budget).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const connected = {
    ...entrance,
    runId: id,
    request,
    scope,
    budget,
    tally,
    report,
    database,
    client,
  };
  try {
    return {
      ...(await prepare(connected, resources)),
      startedAt,
      noticed: new Set(),
      givenUp: new Map(),
      stop: (error) => {
        stopper.abort(error);
      },
      stopped: () => (stopper.signal.aborted ? (stopper.signal.reason as unknown) : undefined),
      close: () => closeAll(client, database),
    };
  } catch (error) {
    await closeAll(client, database);
    throw error;
  }
}

/** One connection for every partition in flight, and some for packages and claims. */
async function openRunDatabase(
  { settings, random, connector }: RunEntrance,
  id: RunContext['runId'],
): Promise<Database> {
  const applicationName = `gitlab-alloydb/${id}`;
  const max = settings.concurrency + 4;
  return resilient(await openDatabase(settings, { applicationName, max, connector }), random);
}

type Connected = RunEntrance &
  Pick<
    RunContext,
    'runId' | 'request' | 'scope' | 'budget' | 'tally' | 'report' | 'database' | 'client'
  >;

type Prepared = Omit<OpenRun, 'startedAt' | 'noticed' | 'givenUp' | 'stop' | 'stopped' | 'close'>;

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
  const { isAdmin } = identity;
  const choice = chooseResources(catalog, request, {
    isAdmin,
    complete,
    filter: parseResources(settings.resources),
  });
  const ids = choice.resources.map((resource) => resource.id);
  report({ event: 'run-started', runId: id, request, resources: ids });
  tellAdminOnly(report, choice.adminOnly, identity);
  return {
    ...connected,
    ticks,
    chosen: choice.resources,
    resources: new Map(all.map((resource) => [resource.id, resource])),
    claims: { database, dataset, runId: id, leaseSeconds },
    schemas,
    isAdmin,
    secretKey,
  };
}

async function closeAll(client: GitlabClient, database: Database): Promise<void> {
  client.close();
  await database.close();
}

/** Opens the client of an entrance; the certificate file is read here, so that a bad path is named. */
export async function openClient(
  { settings, report, now, random }: Pick<RunEntrance, 'settings' | 'report' | 'now' | 'random'>,
  budget: TimeBudget,
): Promise<GitlabClient> {
  return openGitlab({
    baseUrl: settings.gitlabBaseUrl,
    token: settings.gitlabToken,
    caCertificate:
      settings.gitlabCaFile === '' ? undefined : await readCertificate(settings.gitlabCaFile),
    sleep: async (milliseconds, until) => {
      await sleep(milliseconds, undefined, until === undefined ? {} : { signal: until });
    },
    random,
    now,
    report,
    signal: budget.signal,
    userAgent: 'gitlab-alloydb',
    remainingMilliseconds: () =>
      Math.min(budget.remainingMilliseconds(), LONGEST_WAIT_MILLISECONDS),
  });
}

async function readCertificate(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new LoaderError(
      'E_CONFIG',
      `GITLAB_CA_FILE: the file '${file}' cannot be read (${code}).`,
    );
  }
}

function tellAdminOnly(
  report: Report,
  adminOnly: readonly ResourceSpec[],
  { username }: { readonly username: string },
): void {
  if (adminOnly.length === 0) return;
  const names = adminOnly.map(({ id }) => id).join(', ');
  report({
    event: 'problem',
    code: 'NOTICE',
    message: `The token of '${username}' is not an administrator's; not asked for: ${names}.`,
  });
}
