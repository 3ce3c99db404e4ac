import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { catalog } from '../../functions/catalog.ts';
import type { Environment } from '../../functions/engine/config/settings.ts';
import type { RunEvent } from '../../functions/engine/model/events.ts';
import type { JsonObject } from '../../functions/engine/model/json.ts';
import type { Answer } from '../../functions/engine/run/answer.ts';
import { webhookTaker } from '../../functions/engine/run/webhooks/webhookTaker.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { EVENTS } from '../../functions/webhooks/events.ts';
import { rowsIn } from './gitlab/shelves/mutations.ts';
import type { Entry } from './gitlab/world/stock.ts';
import { violations } from './invariants.ts';
import { type Bench, DATASET, type Loaded, openBench, type Order, stateTable } from './run.ts';
import { EVERY_RUN } from './seedResources.ts';
import { truthDifferences } from './truthDifferences.ts';

const RESOURCES = [
  ...['projects', 'groups', 'jobs', 'branches', 'issues', 'issue_notes', 'merge_requests'],
  ...['pipelines', 'group_members', 'project_members'],
];
const KINDS = ['job', 'branch', 'issue', 'issue_note', 'merge_request', 'pipeline'];

/** What a delivery says beside its body. */
export interface Delivery {
  readonly key?: string;
  readonly receivedAt?: Date;
}

/** A consumer: takes one push. */
export type Post = (event: JsonObject | string, delivery?: Delivery) => Promise<Answer>;

/** A loaded bench with a consumer of events. */
export interface WebhookBench extends Bench {
  readonly post: Post;
  /** Sends a body as it is. */
  raw(body: string): Promise<Answer>;
  /** Another process that consumes the same events; its signal kills it. */
  consumer(environment?: Environment, signal?: AbortSignal): Post;
  /** What consumers have told. */
  readonly told: readonly RunEvent[];
  /** The first project that has an issue. */
  readonly project: number;
  /** Its first issue. */
  readonly issue: Entry;
  /** The loaded tables beside what GitLab has. */
  differences(): Promise<readonly string[]>;
  rowsOf(text: Sql, values?: readonly (string | number)[]): Promise<readonly object[]>;
  /** The events of the state, in the order in which they came. */
  events(): Promise<readonly object[]>;
  /** Deletes them. */
  forget(): Promise<void>;
  broken(): ReturnType<typeof violations>;
}

/** Loads a small world once. */
export async function openWebhookBench(): Promise<WebhookBench> {
  const bench = await openBench({ projects: 3, jobs: 30, branches: 12 });
  const told: RunEvent[] = [];
  const load = ({ request, ...order }: Order = {}): Promise<Loaded> =>
    bench.load({ ...order, request: { resources: RESOURCES, ...request } });
  await load();
  const { world } = bench.gitlab;
  const project = [...world.projects.keys()].find((id) => rowsIn(world, 'issues', id).length > 0);
  const issue = project === undefined ? undefined : rowsIn(world, 'issues', project)[0];
  if (project === undefined || issue === undefined) throw new Error('the world has no issue');
  const consumer = (environment: Environment = {}, signal?: AbortSignal): Post =>
    poster(taker(bench, told, { environment, signal }));
  const take = taker(bench, told, { environment: {} });
  const rowsOf: WebhookBench['rowsOf'] = async (text, values = []) =>
    (await bench.database.query(text, values)).rows;
  return {
    ...{ ...bench, load, consumer, told, project, issue, rowsOf },
    raw: (body) => take(Buffer.from(body), {}),
    post: poster(take),
    differences: () => {
      const truth = bench.gitlab.truth('admin', { shelves: 'all' });
      const names = KINDS.map((kind) => `api_entities_${kind}`);
      return truthDifferences(
        bench.database,
        Object.fromEntries(names.map((name) => [name, truth[name] ?? []])),
      );
    },
    events: () =>
      rowsOf(
        sql`select event_key as key, kind, state, reason, deliveries, attempts from ${stateTable('webhook_event')} order by first_at`,
      ),
    forget: async () => {
      await bench.database.query(sql`delete from ${stateTable('webhook_event')}`);
      bench.gitlab.faults.clear();
    },
    broken: () => violations(bench.database),
  };
}

/** Gives the tests of a file one bench whose consumer is open; after each nothing may be broken. */
export function useWebhookBench(take: (bench: WebhookBench) => void): void {
  let bench: WebhookBench | undefined;
  beforeAll(async () => {
    bench = await openWebhookBench();
    take(bench);
    await bench.post({ object_kind: 'unheard_of' });
  });
  beforeEach(() => bench?.forget());
  afterEach(async () => {
    expect(await bench?.broken()).toEqual([]);
  });
  afterAll(() => bench?.close());
}

/** How one consumer differs from others. */
interface Process {
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
}

function taker(
  bench: Bench,
  told: RunEvent[],
  { environment, signal = new AbortController().signal }: Process,
) {
  const { takePush } = webhookTaker({
    ...{ catalog, events: EVENTS, connector: undefined, signal },
    environment: {
      ...{ GITLAB_BASE_URL: bench.gitlab.url, GITLAB_TOKEN: bench.gitlab.adminToken },
      ...{ DATABASE_URL: bench.databaseUrl, DATASET, ...EVERY_RUN, ...environment },
    },
    ...{ now: Date.now, random: () => 0, uuid: randomUUID },
    report: (event) => {
      told.push(event);
    },
  });
  return takePush;
}

function poster(take: ReturnType<typeof taker>): Post {
  return (event, { key = randomUUID(), receivedAt = new Date() } = {}) => {
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    const data = Buffer.from(text).toString('base64');
    const attributes = { key, received_at: receivedAt.toISOString() };
    return take(Buffer.from(JSON.stringify({ message: { data, attributes, messageId: '1' } })), {});
  };
}

/** The event of an issue that was changed. */
export function issueEvent(project: number, { id, ordinal }: Entry): JsonObject {
  return {
    object_kind: 'issue',
    project: { id: project },
    object_attributes: { id, iid: ordinal + 1, project_id: project, action: 'update' },
  };
}

/** The event of a branch that was moved, or deleted. */
export function pushEvent(project: number, name: string, change: 'moved' | 'deleted'): JsonObject {
  const after = change === 'deleted' ? '0'.repeat(40) : 'a'.repeat(40);
  return { object_kind: 'push', project_id: project, ref: `refs/heads/${name}`, after };
}

/** The event of a job. */
export function jobEvent(project: number, id: number): JsonObject {
  return { object_kind: 'build', project_id: project, build_id: id };
}
