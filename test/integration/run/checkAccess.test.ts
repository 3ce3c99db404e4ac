import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';
import { type AccessFindings, checkAccess } from '../../../functions/engine/run/checkAccess.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { administrate, createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { startTinyServer } from '../extract/tinyServer.ts';
import { type Instance, instance } from './fakeInstance.ts';

const DAY_MILLISECONDS = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(() => database.drop());

/** What is found at the instant NOW. */
async function findingsAt(
  { headers = {}, ...answers }: Instance,
  more: Readonly<Record<string, string>> = {},
): Promise<AccessFindings> {
  const date = new Date(NOW).toUTCString();
  await using server = await startTinyServer(
    instance({ ...answers, headers: { date, ...headers } }),
  );
  const settings = await loadSettings({
    ...{ GITLAB_BASE_URL: server.url, GITLAB_TOKEN: 'canary', DATABASE_URL: database.url },
    ...more,
  });
  const { signal } = new AbortController();
  return await checkAccess(settings, { signal, now: () => NOW, random: () => 0 });
}

/** A date so many days from now, as GitLab writes it. */
function inDays(days: number): string {
  return new Date(NOW + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

describe('checkAccess', () => {
  test('tells edition and plan to administrators', async () => {
    expect(await findingsAt({ user: { is_admin: true } })).toMatchObject({
      ...{ edition: 'enterprise', plan: 'ultimate', adminMode: 'admitted', warnings: [] },
    });
  });

  test('warns of nothing where all is right', async () => {
    const token = { expires_at: inDays(32) };

    expect(await findingsAt({ token })).toMatchObject({ expiresInDays: 31, warnings: [] });
  });
});

describe('checkAccess warns of', () => {
  const warnings: readonly { name: string; answers: Instance; says: RegExp }[] = [
    ...[29, 13, 6].map((days) => ({
      name: `a token that ends in ${days.toString()} days`,
      answers: { token: { expires_at: inDays(days) } },
      says: /token of 'ada' ends in \d+ days/,
    })),
    {
      name: 'a token that ends tomorrow',
      answers: { token: { expires_at: inDays(1) } },
      says: /ends in less than a day/,
    },
    {
      name: 'an administrator without Admin Mode',
      answers: { user: { is_admin: true }, statuses: { '/application/appearance': 403 } },
      says: /needs the scope 'admin_mode'/,
    },
    {
      name: 'a token that may write',
      answers: { token: { scopes: ['api'] } },
      says: /'read_api' is enough/,
    },
    {
      name: 'a clock that is far ahead',
      answers: { headers: { date: new Date(NOW + 300_000).toUTCString() } },
      says: /clock is (299|300|301) seconds ahead/,
    },
    {
      name: 'a proxy that decodes slashes',
      answers: { statuses: { '/projects/acme%2Fweb': 404 } },
      says: /makes '\/' of '%2F'/,
    },
  ];
  test.each(warnings)('$name', async ({ answers, says }) => {
    expect(await findingsAt(answers)).toMatchObject({
      warnings: [expect.stringMatching(says) as unknown],
    });
  });

  test('tables of the dataset that somebody else owns', async () => {
    await using other = await createDatabase();
    await administrate(other.url, async (admin) => {
      await admin.query(sql`create role stranger_of_check`);
      await admin.query(sql`create role loader_of_check login password 'canary'`);
      await admin.query(sql`create schema gitlab_data`);
      await admin.query(sql`create table gitlab_data.api_entities_job (id bigint)`);
      await admin.query(sql`alter table gitlab_data.api_entities_job owner to stranger_of_check`);
      await admin.query(sql`create schema gitlab_data_state`);
      await admin.query(
        sql`grant usage, create on schema gitlab_data, gitlab_data_state to loader_of_check`,
      );
    });
    const login = new URL(other.url);
    login.username = 'loader_of_check';
    login.password = 'canary';

    const found = await findingsAt({}, { DATABASE_URL: login.href });

    await other.drop();
    await administrate(database.url, async (admin) => {
      await admin.query(sql`drop role stranger_of_check`);
      await admin.query(sql`drop role loader_of_check`);
    });
    expect(found).toMatchObject({
      ownedByOthers: ['api_entities_job'],
      warnings: [expect.stringContaining("does not own 'api_entities_job'") as unknown],
    });
  });
});
