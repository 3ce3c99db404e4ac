import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { insertJob } from '../../support/gitlab/world/mutations.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, stateTable } from '../../support/run.ts';

const table = (name: string) => qualified(DATASET, name);
const [batch, partition] = [stateTable('batch'), stateTable('partition')] as const;
const jobs = sql`resource = 'jobs'`;

/** Ways to damage a dataset, and the invariant that tells. */
const DAMAGES: readonly { readonly name: string; readonly damage: Sql; readonly told: string }[] = [
  { name: 'a lost batch', damage: sql`delete from ${batch} where ${jobs} and seq = 1`, told: 'I1' },
  { name: 'a state ahead', damage: sql`update ${partition} set seq = seq + 1`, told: 'I2' },
  { name: 'a falling fence', damage: sql`update ${batch} set fence = 9 where seq = 1`, told: 'I3' },
  {
    name: 'a broken chain',
    damage: sql`update ${batch} set token_after = '{"page": 9}' where seq = 1`,
    told: 'I4',
  },
  {
    name: 'a batch that is not the state',
    damage: sql`update ${batch} b set token_after = '{"page": 9}' from ${partition} p where p.seq = b.seq`,
    told: 'I5',
  },
  {
    name: 'a row of no load',
    damage: sql`update ${table('api_entities_job')} set _dlt_load_id = '1'`,
    told: 'I6 every row of api_entities_job',
  },
  { name: 'a lost load', damage: sql`delete from ${table('_dlt_loads')}`, told: 'I7 every load' },
  {
    name: 'a key that stands twice',
    damage: sql`do $$ declare i text; begin
        for i in select indexname from pg_indexes where schemaname = 'gitlab_data' and indexdef ~ '[(]id[)]'
        loop execute 'drop index gitlab_data.' || quote_ident(i); end loop; end $$;
      update ${table('api_entities_project')} set id = 1`,
    told: 'I8 one row per key in api_entities_project',
  },
  {
    name: 'an orphan',
    damage: sql`update ${table('api_entities_job__artifacts')} set _dlt_parent_id = 'x'`,
    told: 'I9 no orphan in api_entities_job__artifacts',
  },
  {
    name: 'a gap in a list',
    damage: sql`update ${table('api_entities_job__artifacts')} set _dlt_list_idx = _dlt_list_idx + 1`,
    told: 'I9 dense',
  },
  {
    name: 'load ids in the wrong order',
    damage: sql`update ${batch} set load_id = (select max(load_id) from ${batch}) where seq = 1`,
    told: 'I10',
  },
];

describe('violations', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench({ projects: 3, jobs: 60, branches: 6 });
    await bench.load({ request: { resources: ['jobs'] } });
    for (const id of bench.gitlab.world.projects.keys()) insertJob(bench.gitlab.world, id);
    await bench.load({ request: { resources: ['jobs'] } });
  });
  afterAll(() => bench.close());

  /** The names of the invariants that a damage breaks; the damage is undone. */
  async function brokenBy(damage: Sql): Promise<readonly string[]> {
    const broken: string[] = [];
    const undo = new Error('undo');
    await bench.database
      .transaction(undefined, async (session) => {
        await session.simple(damage);
        for (const { invariant } of await violations(session)) broken.push(invariant);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return broken;
  }

  test('finds nothing after runs that went well', async () => {
    expect(await violations(bench.database)).toEqual([]);
  });

  test.each(DAMAGES)('finds $name', async ({ damage, told }) => {
    expect(await brokenBy(damage)).toContainEqual(expect.stringContaining(told));
  });
});
