import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { familyHandler } from '../../../functions/engine/run/serve.ts';
import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import {
  type FakeAlloydb,
  INSTANCE_URI,
  startFakeAlloydb,
} from '../../support/alloydb/fakeAlloydb.ts';
import { administrate } from '../../support/postgres.ts';
import { type Bench, type Loaded, openBench, type Order } from '../../support/run.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { differences } from '../cli/dataset.ts';

let bench: Bench;
let alloydb: FakeAlloydb;

beforeEach(async () => {
  bench = await openBench();
  alloydb = await startFakeAlloydb({ databaseUrl: bench.databaseUrl });
});

afterEach(async () => {
  await alloydb[Symbol.asyncDispose]();
  await bench.close();
});

/** The settings of the instance, with the login that the database has. */
function settings(): Readonly<Record<string, string | undefined>> {
  const { username, password, pathname } = new URL(bench.databaseUrl);
  return {
    DATABASE_URL: undefined,
    ALLOYDB_INSTANCE: INSTANCE_URI,
    RESOURCES: CORE_RESOURCES,
    DB_USER: username,
    DB_PASSWORD: decodeURIComponent(password),
    DB_NAME: pathname.slice(1),
  };
}

/** Loads by way of the instance. */
function load({ environment, ...order }: Order = {}): Promise<Loaded> {
  return bench.load({
    connector: alloydb.connector(),
    ...order,
    environment: { ...settings(), ...environment },
  });
}

function tablesDiffering(): Promise<readonly object[]> {
  return differences(bench.databaseUrl, bench.gitlab, 'admin', CORE_TABLES);
}

describe('a run into AlloyDB', () => {
  test('loads everything, with one certificate for all its connections', async () => {
    const { report } = await load();

    expect(report.outcome).toBe('done');
    expect(await tablesDiffering()).toEqual([]);
    expect(alloydb.api.calls).toHaveLength(2);
    expect(alloydb.server.exchanges.length).toBeGreaterThan(1);
    expect(alloydb.server.connections()).toBe(0);
  });

  test('as a service account needs no password', async () => {
    const account = `loader-${randomBytes(4).toString('hex')}@acme.iam`;
    const token = await alloydb.office.credentials.accessToken('auth/alloydb.login');
    const [role, name] = [account, new URL(bench.databaseUrl).pathname.slice(1)].map(identifier);
    if (role === undefined || name === undefined) throw new Error('no names');
    await administrate(bench.databaseUrl, async (admin) => {
      await admin.query(sql`create role ${role} login password ${literal(token)}`);
      await admin.query(sql`grant create on database ${name} to ${role}`);
    });

    const { report } = await load({
      environment: { DB_USER: `${account}.gserviceaccount.com`, DB_PASSWORD: undefined },
      request: { families: ['projects'] },
    });
    await administrate(bench.databaseUrl, (admin) => admin.query(sql`drop owned by ${role}`));
    await administrate(bench.databaseUrl, (admin) => admin.query(sql`drop role ${role}`));

    expect(report.outcome).toBe('done');
    expect(new Set(alloydb.server.exchanges.map(({ authType }) => authType))).toEqual(new Set([2]));
  });

  test('goes on after its connections broke', async () => {
    let broken = 0;
    const report = (event: { readonly event: string }): void => {
      if (event.event !== 'package-committed' || broken === 2) return;
      broken += 1;
      alloydb.server.drop();
    };

    const loaded = await load({ report });

    expect([loaded.report.outcome, broken]).toEqual(['done', 2]);
    expect(await tablesDiffering()).toEqual([]);
  });

  test('shares its connector with the runs before it', async () => {
    const connector = alloydb.connector();
    const request = { families: ['projects'] };

    await load({ connector, request });
    await load({ connector, request });

    expect(alloydb.api.calls).toHaveLength(2);
  });

  test('may be that of a function', async () => {
    const connector = alloydb.connector();
    const entrance = {
      family: 'projects',
      catalog,
      environment: {
        ...settings(),
        GITLAB_BASE_URL: bench.gitlab.url,
        GITLAB_TOKEN: bench.gitlab.adminToken,
      },
      signal: new AbortController().signal,
      connector,
    };

    http(
      'alloydb',
      familyHandler(() => entrance),
    );
    const server = getTestServer('alloydb').listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const response = await fetch(`http://127.0.0.1:${port.toString()}`, { method: 'POST' });
    const body: unknown = await response.json();
    log.mockRestore();
    server.close();

    expect(response.status).toBe(200);
    expect(body).toMatchObject({ outcome: 'done' });
  });
});

describe('a run that AlloyDB refuses', () => {
  test.each([
    { name: 'no right to connect', status: 403, code: 'E_ALLOYDB_ACCESS' },
    { name: 'no such instance', status: 404, code: 'E_CONFIG' },
    { name: 'no answer of the API', status: 503, code: 'E_DATABASE_UNREACHABLE' },
  ])('$name: $code', async ({ status, code }) => {
    alloydb.state.fault = () => ({ status });

    await expect(load()).rejects.toMatchObject({
      name: 'LoaderError',
      code,
      message: expect.stringContaining(INSTANCE_URI) as string,
    });
  });

  test('no address of the wanted type is a wrong setting', async () => {
    const refused = load({ environment: { ALLOYDB_IP_TYPE: 'psc' } });

    await expect(refused).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: `AlloyDB instance '${INSTANCE_URI}' has no PSC address; it has PRIVATE.`,
    });
  });

  test('no right to log in is told in the words of the server', async () => {
    alloydb.state.judge = () => ({ error: 'IAM principal is no user of the database' });

    await expect(load()).rejects.toMatchObject({
      code: 'E_ALLOYDB_ACCESS',
      message: 'AlloyDB refused the connection: IAM principal is no user of the database.',
      details: { connector: 'EXCHANGE_DENIED' },
    });
  });

  test('a wrong password names the database and the instance', async () => {
    const refused = load({ environment: { DB_PASSWORD: 'canary' } });

    await expect(refused).rejects.toMatchObject({
      code: 'E_DATABASE_AUTH',
      message: expect.stringMatching(
        new RegExp(`^The login to database '\\w+' at ${INSTANCE_URI} was refused: (?!.*canary)`),
      ) as string,
    });
  });

  test('a server that breaks the exchange is unreachable', async () => {
    alloydb.state.judge = () => ({ close: true });

    await expect(load()).rejects.toMatchObject({ code: 'E_DATABASE_UNREACHABLE' });
  });
});
