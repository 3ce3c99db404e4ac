import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Catalog } from '../catalog/selection.ts';
import { allResources } from '../catalog/selection.ts';
import type { Settings } from '../config/settings.ts';
import { type GitlabClient, openGitlab } from '../extract/client.ts';
import { type Identity, probe } from '../extract/identity.ts';
import { LoaderError } from '../model/errors.ts';
import type { Report } from '../model/events.ts';
import { runId } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import { chooseResources } from '../plan/choose.ts';
import { parseScope } from '../plan/scope.ts';
import { type Database, openPool } from '../sql/pool.ts';
import { completeResources } from '../state/completeness.ts';
import { migrateState } from '../state/migrate.ts';
import { recordRunStart } from '../state/runs.ts';
import { readSecretKey } from '../state/secretKey.ts';
import { timeBudget } from './budget.ts';
import type { RunContext } from './context.ts';
import { openSchemas } from './schemas.ts';
import { openTally } from './tally.ts';

/** What an entrance (command line, function, job) hands to a run; clocks and randomness come from there. */
export interface RunEntrance {
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
  readonly uuid: () => string;
}

/** A run that is ready to load. */
export interface OpenRun extends RunContext {
  readonly chosen: readonly ResourceSpec[];
  readonly startedAt: number;
  /** The error that ended the run early, if one did. */
  readonly stopped: () => unknown;
  readonly close: () => Promise<void>;
}

/** Opens database, state, schema and GitLab; throws the first thing that makes loading impossible. */
export async function openRun(entrance: RunEntrance, request: RunRequest): Promise<OpenRun> {
  const { settings, catalog, now } = entrance;
  const startedAt = now();
  const scope = parseScope(settings.gitlabScope);
  const id = runId(entrance.uuid());
  const stopper = new AbortController();
  const signal = AbortSignal.any([entrance.signal, stopper.signal]);
  const budget = timeBudget(settings.timeBudgetSeconds || undefined, { now, signal });
  const database = openPool({
    url: settings.databaseUrl,
    applicationName: `gitlab-alloydb/${id}`,
    max: settings.concurrency + 4,
  });
  const all = allResources(catalog);
  const tally = openTally(all);
  const report: Report = (event) => {
    tally.count(event);
    entrance.report(event);
  };
  const client = await openClient({ ...entrance, report }, { signal, remaining: budget.remainingMilliseconds });
  try {
    const identity = await probe(client, signal);
    const { schemas, complete, secretKey } = await openDestination(entrance, database, { id, all });
    await recordRunStart(database, settings.dataset, { runId: id, request });
    const choice = chooseResources(catalog, request, { isAdmin: identity.isAdmin, complete });
    const names = choice.resources.map((resource) => resource.id);
    report({ event: 'run-started', runId: id, request, resources: names });
    tellAdminOnly(report, choice.adminOnly, identity);
    return {
      ...entrance,
      runId: id,
      request,
      chosen: choice.resources,
      resources: new Map(all.map((resource) => [resource.id, resource])),
      database,
      claims: { database, dataset: settings.dataset, runId: id, leaseSeconds: settings.leaseSeconds },
      schemas,
      client,
      isAdmin: identity.isAdmin,
      scope,
      secretKey,
      budget,
      stop: (error) => {
        stopper.abort(error);
      },
      stopped: () => (stopper.signal.aborted ? stopper.signal.reason : undefined) as unknown,
      report,
      tally,
      noticed: new Set(),
      startedAt,
      close: () => closeAll(client, database),
    };
  } catch (error) {
    await closeAll(client, database);
    throw error;
  }
}

async function closeAll(client: GitlabClient, database: Database): Promise<void> {
  client.close();
  await database.close();
}

/** Opens the client of an entrance; the certificate file is read here, so that a bad path is named. */
export async function openClient(
  { settings, report, now, random }: Pick<RunEntrance, 'settings' | 'report' | 'now' | 'random'>,
  { signal, remaining }: { readonly signal: AbortSignal; readonly remaining: () => number },
): Promise<GitlabClient> {
  return openGitlab({
    baseUrl: settings.gitlabBaseUrl,
    token: settings.gitlabToken,
    caCertificate: settings.gitlabCaFile === '' ? undefined : await readCertificate(settings.gitlabCaFile),
    sleep: async (milliseconds, until) => {
      await sleep(milliseconds, undefined, until === undefined ? {} : { signal: until });
    },
    random,
    now,
    report,
    signal,
    userAgent: 'gitlab-alloydb',
    remainingMilliseconds: () => Math.min(remaining(), 120_000),
  });
}

async function readCertificate(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new LoaderError('E_CONFIG', `GITLAB_CA_FILE: the file '${file}' cannot be read.`);
  }
}

async function openDestination(
  { settings, random }: RunEntrance,
  database: Database,
  { id, all }: { readonly id: ReturnType<typeof runId>; readonly all: readonly ResourceSpec[] },
) {
  const { dataset } = settings;
  await migrateState(database, dataset);
  const schemas = await openSchemas({ database, dataset, runId: id, resources: all, random });
  const complete = await completeResources(database, dataset);
  const secretKey = settings.secretFields === 'hash' ? await readSecretKey(database, dataset) : undefined;
  return { schemas, complete, secretKey };
}

function tellAdminOnly(report: Report, adminOnly: readonly ResourceSpec[], { username }: Identity): void {
  if (adminOnly.length === 0) return;
  const names = adminOnly.map(({ id }) => id).join(', ');
  report({
    event: 'problem',
    code: 'NOTICE',
    message: `The token of '${username}' is not an administrator's; not asked for: ${names}.`,
  });
}
