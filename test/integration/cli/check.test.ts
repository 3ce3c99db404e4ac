import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { makeAuthority } from '../../support/alloydb/certificates.ts';
import { type CliResult, eventsOf, runCli, sharedBundle } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { clientIdentity, startTlsServer } from '../../support/tls/tlsServer.ts';
import { startTinyServer } from '../extract/tinyServer.ts';
import { instance } from '../run/fakeInstance.ts';
import { expectRefusal } from './expectRefusal.ts';

const DAY_MILLISECONDS = 86_400_000;
const bundle = sharedBundle();
const directory = mkdtempSync(join(tmpdir(), 'check-'));
let gitlab: SimulatedGitlab;
let database: TestDatabase;

beforeAll(async () => {
  const size = { projects: 3, jobs: 5, branches: 5, users: 5, alerts: 2 };
  gitlab = await startGitlab({ ...size, relativeRoot: '/a/b/c' });
  database = await createDatabase();
});

afterAll(async () => {
  await gitlab.close();
  await database.drop();
  rmSync(directory, { recursive: true });
});

function check(more: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runCli(bundle, ['check'], {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
    ...more,
  });
}

/** A date so many days from now, as GitLab writes it. */
function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

describe('check', () => {
  test.each([
    { who: 'admin', administrator: true, scopes: 'read_api admin_mode', adminMode: 'admitted' },
    { who: 'member', administrator: false, scopes: 'read_api', adminMode: null },
  ] as const)('tells what the token of the $who may do', async ({ who, ...expected }) => {
    const token = who === 'admin' ? gitlab.adminToken : gitlab.memberToken;
    gitlab.requests.clear();

    const result = await check({ GITLAB_TOKEN: token });

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(result)).toMatchObject([
      {
        ...{ event: 'check', gitlab: gitlab.url, expires: '2099-01-01', ...expected },
        ...{ tokenKind: 'personal', certificate: null, clockDifferenceSeconds: 0 },
        ...{ rateLimitPerMinute: 600_000, mayCreateSchemas: true, ownedByOthers: [] },
        ...{ groups: { atLeast: false }, warnings: [] },
      },
    ]);
    expect(result.stdout).not.toContain(token);
    expect(result.stdout).not.toContain(new URL(database.url).password);
    expect(gitlab.requests.total).toBeLessThanOrEqual(8);
  });

  test('counts the projects that the token sees', async () => {
    const [found] = eventsOf(await check());

    expect(found).toMatchObject({ projects: { count: 3, atLeast: false } });
  });

  test('shows a table to people, with a line for each warning', async () => {
    await using server = await startTinyServer(instance({ token: { expires_at: inDays(5) } }));

    const { stdout } = await check({ GITLAB_BASE_URL: server.url, LOG_FORMAT: 'pretty' });

    expect(stdout).toMatch(/projects +│ 12 /);
    expect(stdout).toMatch(/^⚠ The token of 'ada' ends in \d days/m);
  });

  test('loads nothing and makes nothing', async () => {
    await using empty = await createDatabase();

    await check({ DATABASE_URL: empty.url });

    const status = await runCli(bundle, ['status', '--json'], { DATABASE_URL: empty.url });
    expect(eventsOf(status)).toMatchObject([{ runs: [], resources: [] }]);
  });
});

describe('check over TLS', () => {
  test('tells who issued the certificate and that it ends soon', async () => {
    const clients = makeAuthority('Clients');
    const own = clientIdentity(clients);
    const handler = instance({});
    const expiresAt = new Date(Date.now() + 9.5 * DAY_MILLISECONDS);
    await using server = await startTlsServer(
      (request, response) => void handler(request, response, 0),
      { clients, expiresAt },
    );
    const files = { ca: server.authority.certificate, cert: own.certificate, key: own.key };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);

    const result = await check({
      GITLAB_BASE_URL: server.url,
      GITLAB_CA_FILE: join(directory, 'ca'),
      GITLAB_CLIENT_CERT_FILE: join(directory, 'cert'),
      GITLAB_CLIENT_KEY_FILE: join(directory, 'key'),
    });

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(result)).toMatchObject([
      {
        certificate: { subject: 'a server', issuer: 'Private Authority' },
        warnings: [expect.stringMatching(/certificate of GitLab ends in 9 days/) as unknown],
      },
    ]);
  });

  test('plain HTTP to another machine is refused with 78', async () => {
    expectRefusal(await check({ GITLAB_BASE_URL: 'http://gitlab.test' }), {
      exitCode: 78,
      sentence: /GITLAB_BASE_URL begins with http:.*GITLAB_ALLOW_HTTP/,
    });
  });
});
