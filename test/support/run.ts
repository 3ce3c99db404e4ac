import { randomUUID } from 'node:crypto';

import { catalog } from '../../functions/catalog.ts';
import type { Connector } from '../../functions/engine/alloydb/index.ts';
import type { Catalog } from '../../functions/engine/catalog/selection.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { Environment } from '../../functions/engine/config/settings.ts';
import type { RunEvent } from '../../functions/engine/model/events.ts';
import type { RunReport, RunRequest } from '../../functions/engine/model/run.ts';
import type { Waker } from '../../functions/engine/model/waker.ts';
import type { RunEntrance } from '../../functions/engine/run/openRun.ts';
import { run } from '../../functions/engine/run/run.ts';
import { runUntilDone } from '../../functions/engine/run/untilDone.ts';
import { type Identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { type GitlabOptions, type SimulatedGitlab, startGitlab } from './gitlab/server.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';
import { EVERY_RUN, SEED_RESOURCES } from './seedResources.ts';

/** The schema that the tests load into. */
export const DATASET = 'gitlab_data';

/** A table of the state, quoted. */
export function stateTable(name: string): Identifier {
  return qualified(`${DATASET}_state`, name);
}

/** A world that is loaded in about a second. */
export const SMALL_WORLD = { projects: 6, jobs: 300, branches: 60, users: 12, alerts: 12 } as const;

/** What one run is asked for; the default loads the seed's resources with the administrator's token. */
export interface Order {
  readonly token?: string;
  readonly environment?: Environment;
  readonly request?: Partial<RunRequest>;
  readonly signal?: AbortSignal;
  /** 0 by default, so that retries wait for nothing but what GitLab asks for. */
  readonly random?: () => number;
  /** The system's clock by default; one that leaps makes a package of every page. */
  readonly now?: () => number;
  /** Sees every event while the run works. */
  readonly report?: (event: RunEvent) => void;
  /** Other resources than those of the project. */
  readonly catalog?: Catalog;
  /** Goes on by itself after invocations of this length. */
  readonly invocationSeconds?: number;
  /** Whom a run asks to go on. */
  readonly waker?: Waker;
  /** Loads into this URL instead, e.g. through a proxy. */
  readonly databaseUrl?: string;
  /** Makes the connections where the environment names an AlloyDB instance. */
  readonly connector?: Connector;
}

/** What a run did and how many requests GitLab saw meanwhile. */
export interface Loaded {
  readonly report: RunReport;
  readonly events: readonly RunEvent[];
  readonly requests: number;
}

/** A simulated GitLab and a database to load it into. */
export interface Bench extends AsyncDisposable {
  readonly gitlab: SimulatedGitlab;
  /** The tests' own connections. */
  readonly database: Database;
  readonly databaseUrl: string;
  load(order?: Order): Promise<Loaded>;
  close(): Promise<void>;
}

/** Starts a GitLab and an empty database; close it at the end, or declare it with `await using`. */
export async function openBench(options: GitlabOptions = {}): Promise<Bench> {
  const gitlab = await startGitlab({ ...SMALL_WORLD, ...options });
  const created: TestDatabase = await createDatabase();
  const database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  let hasLeapt = false;
  const close = async (): Promise<void> => {
    await gitlab.close();
    await database.close();
    await created.drop();
  };
  return {
    gitlab,
    database,
    databaseUrl: created.url,
    load: async (order = {}) => {
      if (hasLeapt) await forgetBudgets(database);
      hasLeapt ||= order.now !== undefined;
      return load(gitlab, { databaseUrl: created.url, ...order });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A clock that leaps has used up requests of a minute to come, for which a later load would wait. */
async function forgetBudgets(database: Database): Promise<void> {
  await database.query(sql`delete from ${stateTable('rate_budget')}`);
}

/** The order that the command line gives for everything that is due. */
export function requestOf(changes: Partial<RunRequest> = {}): RunRequest {
  return { trigger: 'manual', mode: 'incremental', until: 'done', ...changes };
}

function isNamed({ request, catalog: other }: Order): boolean {
  return request?.families !== undefined || request?.resources !== undefined || other !== undefined;
}

async function load(
  gitlab: SimulatedGitlab,
  order: Order & { readonly databaseUrl: string },
): Promise<Loaded> {
  const before = gitlab.requests.total;
  const events: RunEvent[] = [];
  const settings = await loadSettings({
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: order.token ?? gitlab.adminToken,
    DATABASE_URL: order.databaseUrl,
    DATASET,
    ...EVERY_RUN,
    ...(isNamed(order) ? {} : { RESOURCES: SEED_RESOURCES }),
    ...order.environment,
  });
  const entrance: RunEntrance = {
    settings,
    catalog: order.catalog ?? catalog,
    report: (event) => {
      events.push(event);
      order.report?.(event);
    },
    signal: order.signal ?? new AbortController().signal,
    now: order.now ?? Date.now,
    random: order.random ?? (() => 0),
    uuid: randomUUID,
    connector: order.connector,
    ...(order.waker === undefined ? {} : { waker: order.waker }),
  };
  const request = requestOf(order.request);
  const report =
    order.invocationSeconds === undefined
      ? await run(entrance, request)
      : await runUntilDone(entrance, request, { invocationSeconds: order.invocationSeconds });
  return { report, events, requests: gitlab.requests.total - before };
}
