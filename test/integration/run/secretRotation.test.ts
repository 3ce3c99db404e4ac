import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { literal, type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { INSTANCE_URI, startFakeAlloydb } from '../../support/alloydb/fakeAlloydb.ts';
import { touch } from '../../support/gitlab/world/touch.ts';
import { type FakeGoogle, startFakeGoogle } from '../../support/google/fakeGoogle.ts';
import { violations } from '../../support/invariants.ts';
import { administrate } from '../../support/postgres.ts';
import { type Bench, type Loaded, openBench, type Order } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const TOKEN = 'projects/acme/secrets/gitlab-token';
const LOGIN = 'projects/acme/secrets/database';
const REQUEST = { resources: ['projects', 'branches', 'jobs'] };

let bench: Bench;
let google: FakeGoogle;

beforeEach(async () => {
  bench = await openBench({ projects: 8, jobs: 40, branches: 60, users: 3, alerts: 1 });
  google = await startFakeGoogle();
  for (const [name, value] of Object.entries(google.environment)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await google[Symbol.asyncDispose]();
  await bench.close();
});

/** Loads with secrets of Secret Manager instead of those of the bench. */
function load({ environment, ...order }: Order): Promise<Loaded> {
  return bench.load({
    request: REQUEST,
    ...order,
    environment: { ...google.environment, ...environment },
  });
}

/** GitLab replaces the token, whose successor is stored at once. */
function rotateToken(): void {
  const { world, adminToken } = bench.gitlab;
  const old = world.tokens.get(adminToken);
  if (old === undefined) throw new Error('the token is gone already');
  const next = { ...old, id: old.id + 100, text: `${old.text}-next` };
  world.tokens.set(next.text, next);
  world.tokens.set(old.text, { ...old, state: 'expired' });
  touch(world);
  google.secrets.add(TOKEN, next.text);
}

/** A role of PostgreSQL that a run logs in as; what it made goes with it. */
interface Role extends AsyncDisposable {
  readonly name: string;
  /** The URL of the database for the role. */
  readonly url: (password: string) => string;
  /** Changes its password, and ends every connection, so that each has to log in again. */
  readonly rotate: (password: string) => Promise<void>;
}

async function createRole(password: string): Promise<Role> {
  const name = `loader_${randomBytes(4).toString('hex')}`;
  const role = identifier(name);
  const database = identifier(new URL(bench.databaseUrl).pathname.slice(1));
  const admin = (...statements: readonly Sql[]): Promise<void> =>
    administrate(bench.databaseUrl, async (session) => {
      for (const statement of statements) await session.query(statement);
    });
  await admin(
    sql`create role ${role} login password ${literal(password)}`,
    sql`grant create on database ${database} to ${role}`,
  );
  return {
    name,
    url: (next) =>
      Object.assign(new URL(bench.databaseUrl), { username: name, password: next }).href,
    rotate: (next) =>
      admin(
        sql`alter role ${role} password ${literal(next)}`,
        sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name like 'gitlab-alloydb/%'`,
      ),
    [Symbol.asyncDispose]: () => admin(sql`drop owned by ${role}`, sql`drop role ${role}`),
  };
}

/** Works once, with the first package. */
function atFirstPackage(work: () => Promise<void>) {
  const done: Promise<void>[] = [];
  const report = ({ event }: RunEvent): void => {
    if (event === 'package-committed' && done.length === 0) done.push(work());
  };
  return { report, done };
}

async function differences(): Promise<readonly unknown[]> {
  const { api_entities_branch = [], api_entities_job = [] } = bench.gitlab.truth('admin');
  return [
    ...(await truthDifferences(bench.database, { api_entities_branch, api_entities_job })),
    ...(await violations(bench.database)),
  ];
}

describe('a rotation in the middle of a run costs nothing', () => {
  test("of GitLab's token: the run goes on with the new version, read once", async () => {
    google.secrets.add(TOKEN, bench.gitlab.adminToken);
    bench.gitlab.faults.add({
      match: () => true,
      after: 10,
      times: 1,
      respond: { run: rotateToken },
    });

    const { report } = await load({
      environment: { GITLAB_TOKEN: '', GITLAB_TOKEN_SECRET: TOKEN },
    });

    expect([report.outcome, report.problems]).toEqual(['done', []]);
    expect(await differences()).toEqual([]);
    expect(google.secrets.requests.map(({ secret }) => secret)).toEqual([TOKEN, TOKEN]);
    expect(google.secrets.values(TOKEN)).toHaveLength(2);
  });

  test('of the password in the database URL: new connections log in with the new one', async () => {
    await using role = await createRole('canary-1');
    google.secrets.add(LOGIN, role.url('canary-1'));
    const { report: rotate, done } = atFirstPackage(() => {
      google.secrets.add(LOGIN, role.url('canary-2'));
      return role.rotate('canary-2');
    });

    const { report } = await load({
      report: rotate,
      environment: { DATABASE_URL: '', DATABASE_URL_SECRET: LOGIN },
    });
    await Promise.all(done);

    expect(done).toHaveLength(1);
    expect([report.outcome, report.problems]).toEqual(['done', []]);
    expect(await differences()).toEqual([]);
    expect(google.secrets.requests).toHaveLength(2);
  });

  test('of the password that an AlloyDB instance takes, too', async () => {
    await using role = await createRole('canary-1');
    await using alloydb = await startFakeAlloydb({
      databaseUrl: bench.databaseUrl,
      office: google.office,
    });
    google.secrets.add(LOGIN, 'canary-1');
    const { report: rotate, done } = atFirstPackage(() => {
      google.secrets.add(LOGIN, 'canary-2');
      return role.rotate('canary-2');
    });

    const { report } = await load({
      report: rotate,
      connector: alloydb.connector(),
      environment: {
        DATABASE_URL: '',
        ALLOYDB_INSTANCE: INSTANCE_URI,
        DB_USER: role.name,
        DB_NAME: new URL(bench.databaseUrl).pathname.slice(1),
        DB_PASSWORD_SECRET: LOGIN,
      },
    });
    await Promise.all(done);

    expect([report.outcome, report.problems]).toEqual(['done', []]);
    expect(await differences()).toEqual([]);
    expect(google.secrets.requests).toHaveLength(2);
  });
});

describe('a secret that is no good', () => {
  test('ends the run: a password that the database refuses is looked up once more, and named by nobody', async () => {
    await using role = await createRole('canary-1');
    google.secrets.add(LOGIN, role.url('canary-9'));

    const error: unknown = await load({
      environment: { DATABASE_URL: '', DATABASE_URL_SECRET: LOGIN },
    }).catch((reason: unknown) => reason);

    expect(error).toMatchObject({
      code: 'E_DATABASE_AUTH',
      message: expect.not.stringContaining('canary') as string,
    });
    expect(google.secrets.requests).toHaveLength(3);
  });

  test('ends the run as a matter of access when it may not be read', async () => {
    google.secrets.add(TOKEN, 'canary');
    google.secrets.fault = () => ({ status: 403, message: 'Permission denied.' });

    const error: unknown = await load({
      environment: { GITLAB_TOKEN: '', GITLAB_TOKEN_SECRET: TOKEN },
    }).catch((reason: unknown) => reason);

    expect(error).toMatchObject({
      code: 'E_GOOGLE_ACCESS',
      message: `GITLAB_TOKEN_SECRET: Secret Manager refused '${TOKEN}/versions/latest' (PERMISSION_DENIED): Permission denied.`,
    });
  });
});
