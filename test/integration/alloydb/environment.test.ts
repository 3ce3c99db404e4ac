import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { loadDatabaseSettings } from '../../../functions/engine/config/loadSettings.ts';
import { connectorFor } from '../../../functions/engine/run/connectorFor.ts';
import { openDatabase } from '../../../functions/engine/run/openDatabase.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import {
  type FakeAlloydb,
  INSTANCE_URI,
  knownPort,
  startFakeAlloydb,
} from '../../support/alloydb/fakeAlloydb.ts';
import { type FakeGoogle, startFakeGoogle } from '../../support/google/fakeGoogle.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const PASSWORD = 'projects/acme/secrets/password';

let google: FakeGoogle;
let alloydb: FakeAlloydb;
let database: TestDatabase;

beforeAll(async () => {
  google = await startFakeGoogle();
  for (const [name, value] of Object.entries(google.environment)) vi.stubEnv(name, value);
  database = await createDatabase();
  alloydb = await startFakeAlloydb({
    databaseUrl: database.url,
    office: google.office,
    listen: knownPort(),
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await alloydb[Symbol.asyncDispose]();
  await database.drop();
  await google[Symbol.asyncDispose]();
});

test.each(['of the function', 'of a command'])(
  'the connector %s finds everything in the environment: API, credentials and password',
  async (whose) => {
    const { username, password, pathname } = new URL(database.url);
    google.secrets.add(PASSWORD, decodeURIComponent(password));
    const environment = {
      ...google.environment,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_ALLOYDB: `${alloydb.api.url}/`,
      ALLOYDB_INSTANCE: INSTANCE_URI,
      DB_USER: username,
      DB_NAME: pathname.slice(1),
      DB_PASSWORD_SECRET: PASSWORD,
    };
    const exchanges = alloydb.server.exchanges.length;
    const connector = whose === 'of the function' ? connectorFor(environment) : undefined;

    const opened = await openDatabase(await loadDatabaseSettings(environment), {
      ...{ applicationName: 'tests', max: 1, connector },
    });
    const { rows } = await opened.query(sql`select current_user::text as name`);
    await opened.close();
    connector?.close();

    expect(rows).toEqual([{ name: username }]);
    expect(alloydb.server.exchanges.length).toBe(exchanges + 1);
  },
);

test('without an instance there is no connector', () => {
  expect(connectorFor({ DATABASE_URL: database.url })).toBeUndefined();
});
