import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { verifyDataset } from '../../../functions/engine/run/verifyDataset.ts';
import { type CheckResult, runChecks } from '../../../functions/engine/sql/checks.ts';
import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { stateChecks } from '../../../functions/engine/state/stateChecks.ts';
import { eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { checksIn, violationsIn } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench, stateTable } from '../../support/run.ts';

const JOBS = qualified(DATASET, 'api_entities_job');
const bundle = sharedBundle();

interface Verified {
  readonly broken: number | undefined;
  readonly results: readonly CheckResult[];
}

let bench: Bench;
/** What was found before the first run, and while it worked. */
let before: Verified;
const during: Verified[] = [];

beforeAll(async () => {
  bench = await openBench({ projects: 3, jobs: 600, branches: 20, users: 6, alerts: 4 });
  before = await verify();
  const looks: Promise<Verified>[] = [];
  await bench.load({
    report: ({ event }) => {
      if (event === 'package-committed' && looks.length < 4) looks.push(verify());
    },
  });
  during.push(...(await Promise.all(looks)));
});
afterAll(async () => {
  await bench.close();
});

async function verify(): Promise<Verified> {
  const results: CheckResult[] = [];
  const broken = await verifyDataset(
    { databaseUrl: bench.databaseUrl, dataset: DATASET },
    {
      catalog,
      signal: new AbortController().signal,
      report: (result) => {
        results.push(result);
      },
    },
  );
  return { broken, results };
}

function command(argv: readonly string[], format = 'json') {
  return runCli(bundle, argv, { DATABASE_URL: bench.databaseUrl, LOG_FORMAT: format });
}

describe('verify', () => {
  test('has nothing to say before the first run', () => {
    expect(before).toEqual({ broken: undefined, results: [] });
  });

  // G1
  test('finds nothing broken at any time while a run works', () => {
    expect(during).toHaveLength(4);
    expect(during.flatMap(({ results }) => results.filter(({ broken }) => broken > 0))).toEqual([]);
    expect(during.map(({ broken }) => broken)).toEqual([0, 0, 0, 0]);
  });

  test('looks at every table of the catalogue that exists and at those below it', async () => {
    const { results } = await verify();

    const { rows } = await bench.database.query<{ name: string }>(
      sql`select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r'
          and relname not like '\\_dlt\\_%'`,
      [DATASET],
    );
    const looked = new Set(results.map(({ where }) => where));
    expect(rows.map(({ name }) => name).filter((name) => !looked.has(name))).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });

  test('sees one picture, whatever is committed meanwhile', async () => {
    const [first, second] = await bench.database.snapshot(undefined, async (session) => {
      const seen = await violationsIn(session);
      await bench.database.query(
        sql`insert into ${stateTable('partition')} (resource, partition_key, seq) values ('jobs', 'new', 7)`,
      );
      return [seen, await violationsIn(session)];
    });
    const later = await bench.database.snapshot(undefined, (session) => violationsIn(session));
    await bench.database.query(
      sql`delete from ${stateTable('partition')} where partition_key = 'new'`,
    );

    expect([first, second]).toEqual([[], []]);
    expect(later).toMatchObject([{ keys: ['jobs/new'] }]);
  });

  test('keeps no table locked after it has looked at it, so that columns can come', async () => {
    const held = await bench.database.snapshot(undefined, async (session) => {
      await checksIn(session);
      const own = await session.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      const { rows } = await bench.database.query(
        sql`select relation::regclass from pg_locks l join pg_class c on c.oid = relation
            where pid = $1::int and relnamespace = $2::regnamespace`,
        [own.rows[0]?.pid ?? 0, DATASET],
      );
      return rows;
    });

    expect(held).toEqual([]);
  });

  test('cannot write', async () => {
    const write = bench.database.snapshot(undefined, (session) =>
      session.query(sql`delete from ${JOBS}`),
    );

    await expect(write).rejects.toMatchObject({ details: { sqlstate: '25006' } });
  });

  test('shows five keys at most, counted by the server', async () => {
    const numbers = sql`select n::text as key, n > 10 as excused from generate_series(1, 1000) n`;
    const one = { invariant: 'I1', where: 'numbers', promise: 'none', rows: numbers } as const;

    const results = await bench.database.snapshot(undefined, (session) =>
      runChecks(session, [one, { ...one, notice: 'above ten' }, ...stateChecks(DATASET)]),
    );

    expect(results.slice(0, 2)).toEqual([
      { ...without(one), broken: 1000, excused: 0, keys: ['1', '10', '100', '1000', '101'] },
      {
        ...{ ...without(one), notice: 'above ten' },
        ...{ broken: 10, excused: 990, keys: ['1', '10', '2', '3', '4'] },
      },
    ]);
  });
});

function without({ rows: _rows, ...check }: { readonly rows: unknown }) {
  return check;
}

describe('the command', () => {
  test('tells a line for each check and ends with 0 where nothing is broken', async () => {
    const text = await command(['verify'], 'pretty');
    const json = await command(['verify', '--json']);

    expect(text).toMatchObject({ exitCode: 0, stderr: '' });
    expect(text.stdout).toContain('ok      I8   api_entities_job: one row per key (id)\n');
    expect(text.stdout).toMatch(/\nDataset 'gitlab_data' keeps every promise: \d+ checks\.\n$/);
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(json)).toMatchObject([{ event: 'verify', dataset: DATASET, broken: 0 }]);
  });

  test('shows the keys of what is broken and ends with 1', async () => {
    await bench.database.query(
      sql`update ${JOBS} set _dlt_load_id = '1' where id = (select min(id) from ${JOBS})`,
    );
    const { rows } = await bench.database.query<{ id: string }>(
      sql`select _dlt_id as id from ${JOBS} where _dlt_load_id = '1'`,
    );

    const text = await command(['verify'], 'pretty');

    expect(text).toMatchObject({ exitCode: 1, stderr: '' });
    expect(text.stdout).toContain(
      `broken  I6   api_entities_job: every row belongs to a complete load: 1 does not\n               ${rows[0]?.id ?? ''}\n`,
    );
    expect(text.stdout).toMatch(/\nDataset 'gitlab_data' breaks 1 of \d+ promises\.\n$/);
  });
});
