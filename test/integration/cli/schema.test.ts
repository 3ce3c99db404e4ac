import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { sql } from '../../../functions/engine/sql/sql.ts';
import { eventsOf, runCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { updateInstance } from '../../support/gitlab/world/rights.ts';
import { administrate, createDatabase, type TestDatabase } from '../../support/postgres.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 2, jobs: 6, branches: 4, users: 3, alerts: 1 });
  database = await createDatabase();
  const { appearance } = gitlab.world.instance;
  await runCli(bundle, ['run', '--resource', 'appearance'], settings());
  updateInstance(gitlab.world, { appearance: { ...appearance, on: 'yes' } });
  await runCli(bundle, ['run', '--resource', 'appearance'], settings());
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
});

function settings() {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
  };
}

function schema(...argv: readonly string[]) {
  return runCli(bundle, ['schema', ...argv], { DATABASE_URL: database.url });
}

async function storedSchema(): Promise<unknown> {
  const { rows } = await administrate(database.url, (admin) =>
    admin.query<{ schema: string }>(
      sql`select schema from gitlab_data._dlt_version order by version desc limit 1`,
    ),
  );
  return JSON.parse(rows[0]?.schema ?? '');
}

describe('schema', () => {
  test.each([
    { name: 'YAML by default', argv: [], read: (text: string): unknown => parse(text) },
    {
      name: 'YAML that readers of version 1.1 understand too',
      argv: ['--format', 'yaml'],
      read: (text: string): unknown => parse(text, { version: '1.1' }),
    },
    {
      name: 'JSON',
      argv: ['--format', 'json'],
      read: (text: string): unknown => JSON.parse(text),
    },
  ])('prints what dlt keeps as $name and nothing else', async ({ argv, read }) => {
    const result = await schema(...argv);

    const stored = await storedSchema();
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read(result.stdout)).toEqual(stored);
    expect(JSON.stringify(read(result.stdout))).toBe(JSON.stringify(stored));
    expect(stored).toMatchObject({
      tables: { api_entities_appearance: { columns: { on: { data_type: 'text' } } } },
    });
  });

  test('prints SQL that psql takes', async () => {
    const result = await schema('--format', 'sql');

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/^create schema if not exists "gitlab_data";\n/);
    expect(result.stdout).toContain(
      'create table "gitlab_data"."_dlt_version" (\n  "version" bigint not null,',
    );
    expect(result.stdout).toContain('  "on" character varying');
    expect(result.stdout).toMatch(/;\n$/);
  });

  test.each([
    { argv: ['--format', 'xml'], told: /Allowed choices are yaml, json, sql/ },
    { argv: ['--diff', '--format', 'sql'], told: /cannot be used with/ },
    { argv: ['--diff', '--history'], told: /cannot be used with/ },
    { argv: ['--history', '--limit', 'all'], told: /--limit: expected a positive integer/ },
  ])('refuses $argv in a sentence', async ({ argv, told }) => {
    const result = await schema(...argv);

    expect(result).toMatchObject({ exitCode: 78, stdout: '' });
    expect(result.stderr).toMatch(told);
  });

  test('ends quietly when its reader has gone', async () => {
    const { child, ended } = startCli(bundle, ['schema'], { DATABASE_URL: database.url });
    child.stdout?.destroy();

    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('of a database where nothing was loaded is a sentence and exit code 78', async () => {
    await using empty = await createDatabase();
    const environment = { DATABASE_URL: empty.url };

    const text = await runCli(bundle, ['schema'], environment);
    const history = await runCli(bundle, ['schema', '--history'], environment);

    expect(text).toMatchObject({ exitCode: 78, stdout: '' });
    expect(text.stderr).toContain("Nothing has been loaded into 'gitlab_data' yet");
    expect(history).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('schema --diff', () => {
  test('ends with 0 when all agree and with 1 and a line each when not', async () => {
    const equal = await schema('--diff');
    await administrate(database.url, (admin) =>
      admin.query(sql`create table gitlab_data.notes (id int)`),
    );
    const different = await schema('--diff');
    await administrate(database.url, (admin) => admin.query(sql`drop table gitlab_data.notes`));

    expect(equal).toMatchObject({ exitCode: 0, stderr: '' });
    expect(equal.stdout).toMatch(
      /^Stored schema, database and catalogue agree on 4 tables\.\nWithout a row, and so without a table: .*api_entities_job/,
    );
    expect(different).toMatchObject({ exitCode: 1, stderr: '' });
    expect(different.stdout).toMatch(/^\+ table notes: somebody else made it\n/);
  });
});

describe('schema --history', () => {
  test('lists the newest changes first, as JSON lines or as a table', async () => {
    const lines = await schema('--limit', '2');
    const table = await runCli(bundle, ['schema', '--history', '--limit', '1'], {
      DATABASE_URL: database.url,
      LOG_FORMAT: 'pretty',
    });

    expect(lines).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(lines)).toMatchObject([
      {
        ...{ event: 'schema-changed', change: 'column-added', resource: 'appearance', views: [] },
        ...{ table: 'api_entities_appearance', column: 'on', type: 'text', sample: '"yes"' },
      },
      { change: 'table-created' },
    ]);
    expect(table.stdout).toMatch(
      /│ column-added │ api_entities_appearance\.on │ text │ "yes" │ appearance │ \d+\.\d+ │/,
    );
  });
});
