import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type Random, randomOf } from '../../support/gitlab/random.ts';
import { updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { deleteBranch, insertBranch, moveBranch } from '../../support/gitlab/world/mutations.ts';
import { answerLate, type LateServer } from '../../support/lateAnswers.ts';
import {
  issueEvent,
  openWebhookBench,
  type Post,
  pushEvent,
  type WebhookBench,
} from '../../support/webhookBench.ts';

const CHANGES = 60;
const REQUEST = { resources: ['branches', 'issues'] };

let bench: WebhookBench;
let gitlab: LateServer;
const lateness = randomOf(0, 'lateness');

beforeAll(async () => {
  bench = await openWebhookBench();
  gitlab = await answerLate(bench.gitlab.url, (url) =>
    url.includes('per_page') ? lateness.pick([100, 400]) : lateness.pick([0, 5, 30]),
  );
});

afterAll(async () => {
  gitlab.close();
  await bench.close();
});

/** Changes an issue or branch at random; returns the event that GitLab sends of it. */
function change(random: Random, count: number): JsonObject {
  const { project, issue } = bench;
  const { world } = bench.gitlab;
  const branches =
    world.projects.get(project)?.branches.filter(({ isDefault }) => !isDefault) ?? [];
  const name = random.pick(branches.map((branch) => branch.name));
  switch (random.integer(0, 5)) {
    case 0:
      insertBranch(world, project, `storm-${String(count)}`);
      return pushEvent(project, `storm-${String(count)}`, 'moved');
    case 1:
      if (branches.length < 4) break;
      deleteBranch(world, project, name);
      return pushEvent(project, name, 'deleted');
    case 2:
      moveBranch(world, project, name);
      return pushEvent(project, name, 'moved');
    default:
  }
  updateRow(
    world,
    { name: 'issues', where: project, id: issue.id },
    { title: `v${String(count)}` },
  );
  return issueEvent(project, issue);
}

/** Delivers an event one to three times, late and out of order, until it is settled. */
async function deliver(
  event: JsonObject,
  { key, random, consumer }: { key: string; random: Random; consumer: () => Post },
): Promise<void> {
  const copies = Array.from({ length: random.integer(1, 3) }, () => random.integer(0, 200));
  await Promise.all(
    copies.map(async (late) => {
      await sleep(late);
      for (;;) {
        const answer = await consumer()(event, { key }).catch(() => ({ status: 503 }));
        if (answer.status === 200) return;
        await sleep(20);
      }
    }),
  );
}

/** The version of the issue that stands in the table: its title says it. */
async function storedVersion(): Promise<number> {
  const rows = await bench.rowsOf(
    sql`select title from gitlab_data.api_entities_issue where id = $1::bigint`,
    [bench.issue.id],
  );
  const { title = '' } = (rows[0] ?? {}) as { title?: string };
  return Number(/^v(\d+)$/.exec(title)?.[1] ?? -1);
}

// G2, G3, G4, G9
test.each([2])(
  '%i: events that come late, twice and shuffled, beside runs and killed consumers, leave what GitLab has',
  async (seed) => {
    const random = randomOf(seed, 'storm');
    const environment = { GITLAB_BASE_URL: gitlab.url };
    let killer = new AbortController();
    let current = bench.consumer(environment, killer.signal);
    const others = [bench.consumer(environment), bench.consumer(environment)];
    const consumer = (): Post => random.pick([current, ...others]);
    const versions: number[] = [];
    const ended = new AbortController();
    const watching = (async () => {
      while (!ended.signal.aborted) {
        versions.push(await storedVersion());
        await sleep(5);
      }
    })();
    const loading = (async () => {
      while (!ended.signal.aborted)
        await bench.load({
          environment,
          request: { ...REQUEST, mode: random.pick(['full', 'incremental']) },
        });
    })();

    const deliveries: Promise<void>[] = [];
    for (let count = 1; count <= CHANGES; count += 1) {
      const event = change(random, seed * 1000 + count);
      deliveries.push(
        deliver(event, { key: `${String(seed)}-${String(count)}`, random, consumer }),
      );
      await sleep(random.integer(0, 40));
      if (count % 20 !== 0) continue;
      killer.abort(new Error('killed'));
      killer = new AbortController();
      current = bench.consumer(environment, killer.signal);
    }
    await Promise.all(deliveries);
    ended.abort();
    await Promise.all([watching, loading]);

    const found = (await bench.differences()).filter((line) =>
      /_(?:issue|branch)[. :]/u.test(line),
    );
    expect(found).toEqual([]);
    expect(versions.slice(1).filter((version, index) => version < (versions[index] ?? 0))).toEqual(
      [],
    );
    expect(await bench.broken()).toEqual([]);
    expect(
      (await bench.events()).filter((event) => !/applied|noop/u.test(JSON.stringify(event))),
    ).toEqual([]);
  },
  60_000,
);
