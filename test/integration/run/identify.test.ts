import { afterAll, beforeAll, expect, test } from 'vitest';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { type Bench, openBench, type Order, stateTable } from '../../support/run.ts';

const ORDER: Order = { request: { resources: ['broadcast_messages'] } };
let bench: Bench;

beforeAll(async () => {
  bench = await openBench({ projects: 2, jobs: 2 });
  await bench.load(ORDER);
});
afterAll(() => bench.close());

async function lastRunBecomes(outcome: string): Promise<void> {
  await bench.database.query(
    sql`update ${stateTable('run')} set outcome = $1::text
        where ended_at = (select max(ended_at) from ${stateTable('run')})`,
    [outcome],
  );
}

/** Requests of a run beyond the one for its list. */
async function extraRequests(order: Order = ORDER): Promise<number> {
  return (await bench.load(order)).requests - 1;
}

test('a run that goes on with a suspended one does not ask again whose token it is', async () => {
  await lastRunBecomes('suspended');

  expect(await extraRequests()).toBe(0);
});

test.each(['done', 'failed'])('a run after one that was %s asks', async (outcome) => {
  await lastRunBecomes(outcome);

  expect(await extraRequests()).toBe(3);
});

test('another token is asked about, and so is one that was asked about long ago', async () => {
  await lastRunBecomes('suspended');
  expect(await extraRequests({ ...ORDER, token: bench.gitlab.memberToken })).toBe(3);

  await lastRunBecomes('suspended');
  await bench.database.query(
    sql`update ${stateTable('meta')} set value = jsonb_set(value, '{at}', to_jsonb(now() - interval '11 minutes'))
        where key = 'identity'`,
  );
  expect(await extraRequests({ ...ORDER, token: bench.gitlab.memberToken })).toBe(3);
});

test('nothing of the token is kept', async () => {
  const { rows } = await bench.database.query<{ value: string }>(
    sql`select value::text as value from ${stateTable('meta')} where key = 'identity'`,
  );

  expect(rows[0]?.value).toMatch(/"token": "[0-9a-f]{64}"/);
  expect(rows[0]?.value).not.toContain(bench.gitlab.memberToken);
});
