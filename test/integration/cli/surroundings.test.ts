import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { type CliResult, reportOf, runCli, sharedBundle } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import {
  administrate,
  createDatabase,
  randomName,
  type TestDatabase,
  withDatabase,
} from '../../support/postgres.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { differences } from './dataset.ts';
import { expectRefusal } from './expectRefusal.ts';

const PASSWORD = 'canary-password';
const bundle = sharedBundle();
const roles: string[] = [];
const servers: Server[] = [];
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 3, jobs: 20, branches: 10, users: 5, alerts: 2 });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
  for (const server of servers) server.close();
  await administrate(inject('postgresUrl'), async (admin) => {
    for (const role of roles) await admin.query(sql`drop role ${identifier(role)}`);
  });
});

/** Runs the bundle with everything set right but for what the test changes. */
function runWith(
  more: Readonly<Record<string, string>>,
  argv: readonly string[] = ['run', '--all'],
): Promise<CliResult> {
  return runCli(bundle, argv, {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    ...more,
  });
}

describe('the token', () => {
  test.each(['run', 'check'])('%s refuses one that GitLab does not know', async (verb) => {
    const result = await runWith({ GITLAB_TOKEN: 'glpat-canary' }, [verb]);

    expectRefusal(result, { exitCode: 78, sentence: /GitLab refused the token: 401/ });
  });

  test.each(['run', 'check'])('%s refuses one without the scope read_api', async (verb) => {
    const result = await runWith({ GITLAB_TOKEN: gitlab.narrowToken }, [verb]);

    expectRefusal(result, { exitCode: 78, sentence: /read_api/ });
  });
});

describe('GITLAB_SCOPE', () => {
  test('that matches nothing is refused', async () => {
    const result = await runWith({ GITLAB_SCOPE: 'acmee/**' });

    expectRefusal(result, { exitCode: 78, sentence: /GITLAB_SCOPE: 'acmee\/\*\*' matches no/ });
  });
});

describe('GITLAB_BASE_URL', () => {
  test.each([
    { url: 'http://127.0.0.1:1', sentence: /'127\.0\.0\.1:1' gave no answer.*ECONNREFUSED/ },
    { url: 'https://gitlab.invalid', sentence: /'gitlab\.invalid:443' gave no answer.*ENOTFOUND/ },
  ])('$url is unreachable', async ({ url, sentence }) => {
    expectRefusal(await runWith({ GITLAB_BASE_URL: url }), { exitCode: 1, sentence });
  });

  test.each([
    { name: 'a web site', status: 200, headers: {} },
    { name: 'a login page', status: 302, headers: { location: '/users/sign_in' } },
    { name: 'a page that is not found', status: 404, headers: {} },
  ])('$name is not GitLab', async ({ status, headers }) => {
    const url = await webSite(status, headers);

    const result = await runWith({ GITLAB_BASE_URL: url });

    const sentence = new RegExp(`status ${status.toString()} that is not of its API`);
    expectRefusal(result, { exitCode: 1, sentence });
  });
});

describe('DATABASE_URL', () => {
  test('of a server that does not answer ends with 1', async () => {
    const result = await runWith({ DATABASE_URL: `postgres://me:${PASSWORD}@127.0.0.1:1/mine` });

    expectRefusal(result, { exitCode: 1, sentence: /database 'mine' at 127\.0\.0\.1:1/ });
  });

  test('with a wrong password ends with 78', async () => {
    const url = new URL(database.url);
    url.password = PASSWORD;

    const result = await runWith({ DATABASE_URL: url.href });

    expectRefusal(result, { exitCode: 78, sentence: /login to database .* was refused/ });
  });

  test('of a database that does not exist ends with 78', async () => {
    const result = await runWith({ DATABASE_URL: withDatabase(database.url, 'nowhere') });

    expectRefusal(result, { exitCode: 78, sentence: /'nowhere'/ });
  });

  test.each(['run', 'check'])('%s refuses a login that may only connect', async (verb) => {
    const url = await login(database);

    const result = await runWith({ DATABASE_URL: url }, [verb]);

    expectRefusal(result, { exitCode: 78, sentence: /The login/ });
  });

  test('of a login that may only use and create in both schemas is enough', async () => {
    await using own = await createDatabase();
    const names = [identifier('gitlab_data'), identifier('gitlab_data_state')];
    const url = await login(own, (role) => [
      ...names.map((name) => sql`create schema ${name}`),
      sql`grant usage, create on schema ${joined(names)} to ${role}`,
    ]);

    const settings = { DATABASE_URL: url, RESOURCES: CORE_RESOURCES };

    const check = await runWith(settings, ['check']);
    const result = await runWith(settings);

    // Everything is stored now, so that every package takes the way over temporary tables.
    const again = await runWith(settings, ['run', '--full']);
    const verified = await runWith(settings, ['verify']);

    expect(check).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect([reportOf(result).outcome, reportOf(again).outcome]).toEqual(['done', 'done']);
    expect(await differences(own.url, gitlab, 'admin', CORE_TABLES)).toEqual([]);
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('of a login that may not make temporary tables is refused by `check`', async () => {
    await using own = await createDatabase();
    const url = await login(own, (role) => [
      sql`grant create on database ${identifier(own.name)} to ${role}`,
      sql`revoke temporary on database ${identifier(own.name)} from public`,
    ]);

    const result = await runWith({ DATABASE_URL: url }, ['check']);

    expectRefusal(result, { exitCode: 78, sentence: /may not make temporary tables in database/ });
  });
});

/** A web server that answers everything with one page. */
function webSite(status: number, headers: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html></html>');
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port.toString()}`);
    });
  });
}

/** A URL for a new login that may connect and do what `grants` says, nothing else. */
async function login(
  { url }: TestDatabase,
  grants: (role: ReturnType<typeof identifier>) => readonly Sql[] = () => [],
): Promise<string> {
  const role = randomName('cli_login');
  roles.push(role);
  await administrate(url, async (admin) => {
    await admin.query(sql`create role ${identifier(role)} login password ${literal(PASSWORD)}`);
    for (const grant of grants(identifier(role))) await admin.query(grant);
  });
  const changed = new URL(url);
  changed.username = role;
  changed.password = PASSWORD;
  return changed.href;
}
