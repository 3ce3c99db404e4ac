import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, type Row, withGitlab } from '../ask.ts';
import { type FaultRule } from '../faults.ts';
import { type SimulatedGitlab, startGitlab } from '../server.ts';
import { insertJob } from '../world/mutations.ts';

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ jobs: 1200, branches: 400 });
});
afterAll(() => gitlab.close());

describe('faults', () => {
  const rules: readonly { readonly name: string; readonly respond: FaultRule['respond'] }[] = [
    { name: 'a reset', respond: 'reset' },
    { name: 'a truncated body', respond: 'truncate' },
  ];

  test.each(rules)(
    'break one request by $name and let the next one through',
    async ({ respond }) => {
      await withGitlab({}, async (server) => {
        server.faults.add({ match: { method: 'GET', path: /\/jobs/u }, times: 1, respond });
        const path = '/projects/2001/jobs';

        await expect(ask(server, path)).rejects.toThrow();
        const second = await ask(server, path);

        expect(second.status).toBe(200);
      });
    },
  );

  test('begin after the requests that a rule lets pass', async () => {
    await withGitlab({}, async (server) => {
      const rule: FaultRule = {
        match: ({ path }) => path.endsWith('/users'),
        after: 2,
        times: 1,
        respond: { status: 502, body: 'Bad Gateway', headers: { 'Content-Type': 'text/html' } },
      };
      server.faults.add(rule);

      const statuses: number[] = [];
      for (let index = 0; index < 4; index += 1) {
        statuses.push((await ask(server, '/users')).status);
      }

      expect(statuses).toEqual([200, 200, 502, 200]);
      expect(server.faults.struck(rule)).toBe(1);
    });
  });

  test('can hang until the client gives up, delay, or change the world in between', async () => {
    await withGitlab({}, async (server) => {
      const { world } = server;
      server.faults.add(
        { match: { path: /\/users/u }, respond: 'hang' },
        { match: { path: /\/version/u }, respond: { delayMilliseconds: 60 } },
        {
          match: { path: /\/jobs/u },
          times: 1,
          respond: { run: () => void insertJob(world, 2001) },
        },
      );
      const count = world.projects.get(2001)?.jobs.length ?? 0;

      const hung = fetch(`${server.url}/api/v4/users`, { signal: AbortSignal.timeout(50) });
      await expect(hung).rejects.toThrow();
      const started = performance.now();
      await ask(server, '/version');

      expect(performance.now() - started).toBeGreaterThan(55);
      await ask(server, '/projects/2001/jobs');
      await ask(server, '/projects/2001/jobs');
      expect(world.projects.get(2001)?.jobs).toHaveLength(count + 1);
    });
  });

  test('refuse what is beyond the rate limit until the window ends', async () => {
    let now = Date.UTC(2026, 0, 1, 0, 0, 50);
    await withGitlab(
      { rateLimit: { requests: 2, periodSeconds: 60 }, now: () => now },
      async (server) => {
        await ask(server, '/version');
        const second = await ask(server, '/version');
        const third = await ask(server, '/version');
        now += 10_000;
        const later = await ask(server, '/version');

        expect(second.headers.get('ratelimit-remaining')).toBe('0');
        expect(third).toMatchObject({ status: 429, text: 'Retry later\n' });
        expect(third.headers.get('retry-after')).toBe('10');
        expect(third.headers.get('date')).toBe('Thu, 01 Jan 2026 00:00:50 GMT');
        expect(later.status).toBe(200);
      },
    );
  });

  test('leave a record of every request', async () => {
    await withGitlab({ recordLimit: 10 }, async (server) => {
      for (let index = 0; index < 30; index += 1)
        await ask(server, '/version?x=1', server.memberToken);

      expect(server.requests.total).toBe(30);
      expect(server.requests.entries.length).toBeLessThanOrEqual(11);
      expect(server.requests.entries.at(-1)).toMatchObject({
        method: 'GET',
        url: '/api/v4/version?x=1',
        status: 200,
        token: 'member',
      });
    });
  });
});

describe('GraphQL', () => {
  const document = `query alerts($fullPath: ID!, $after: String) {
    project(fullPath: $fullPath) {
      alertManagementAlerts(first: 100, after: $after) {
        nodes { iid title hosts environment { name } assignees { nodes { username } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`;

  async function query(
    text: string,
    variables: object,
    token = gitlab.adminToken,
  ): Promise<unknown> {
    const response = await fetch(`${gitlab.url}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    return response.json();
  }

  test('pages through the alerts of a project and sends what was asked only', async () => {
    const first = (await query(document, { fullPath: 'acme/web/storefront' })) as AlertPage;
    const { nodes, pageInfo } = first.data.project.alertManagementAlerts;
    const second = (await query(document, {
      fullPath: 'acme/web/storefront',
      after: pageInfo.endCursor,
    })) as AlertPage;

    expect(nodes).toHaveLength(100);
    expect(Object.keys(nodes[0] ?? {})).toEqual([
      'iid',
      'title',
      'hosts',
      'environment',
      'assignees',
    ]);
    expect(pageInfo.hasNextPage).toBe(true);
    expect(second.data.project.alertManagementAlerts.nodes).toHaveLength(6);
    expect(second.data.project.alertManagementAlerts.pageInfo.hasNextPage).toBe(false);
  });

  test('answers null for what the reader may not see', async () => {
    const hidden = await query(document, { fullPath: 'customers/contoso' }, gitlab.memberToken);
    const guest = await query(document, { fullPath: 'acme/mobile/ios-app' }, gitlab.memberToken);

    expect(hidden).toEqual({ data: { project: null } });
    expect(guest).toEqual({ data: { project: { alertManagementAlerts: null } } });
  });

  test('names a field that does not exist', async () => {
    const wrong = await query(document.replace('title', 'titel'), {
      fullPath: 'acme/web/storefront',
    });

    expect(JSON.stringify(wrong)).toContain("Field 'titel' doesn't exist");
  });
});

interface AlertPage {
  readonly data: {
    readonly project: {
      readonly alertManagementAlerts: {
        readonly nodes: readonly Row[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      };
    };
  };
}
