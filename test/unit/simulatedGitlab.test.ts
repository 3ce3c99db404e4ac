import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, rows, withGitlab } from '../support/gitlab/ask.ts';
import { type SimulatedGitlab, startGitlab } from '../support/gitlab/server.ts';
import { isUnfinished } from '../support/gitlab/world/jobObject.ts';
import {
  deleteProject,
  finishJob,
  insertJob,
  renameProject,
  updateBadge,
} from '../support/gitlab/world/mutations.ts';
import { expireToken, restoreToken, revokeToken } from '../support/gitlab/world/rights.ts';

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ jobs: 1200, branches: 400 });
});
afterAll(() => gitlab.close());

describe('the world', () => {
  test('is the same for the same seed and another one for another seed', async () => {
    const path = '/projects/2001/jobs?per_page=100';

    const [one, same, other] = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const server = await startGitlab({ seed, jobs: 200 });
        const { text } = await ask(server, path);
        await server.close();
        return text;
      }),
    );

    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  test('writes whole seconds as floats and integers beyond 2^53 in full', async () => {
    const { text } = await ask(gitlab, '/projects/2001/jobs?per_page=100&page=4');

    expect(text).toMatch(/"duration":\d+\.0,/u);
    expect(text).toMatch(/"duration":\d+\.\d{2,},/u);
    expect(text).toContain('"size":9223372036854775807,');
  });

  test('spreads the jobs unevenly, with ids beyond 32 bits and about 4 percent unfinished', () => {
    const projects = [...gitlab.world.projects.values()];
    const jobs = projects.flatMap((project) => project.jobs);

    expect(jobs).toHaveLength(1200);
    expect(projects[0]?.jobs.length).toBeGreaterThan(330);
    expect(projects.some((project) => project.jobs.length === 0)).toBe(true);
    expect(Math.min(...jobs.map(({ id }) => id))).toBeGreaterThan(2 ** 31);
    expect(jobs.filter(isUnfinished).length / jobs.length).toBeCloseTo(0.04, 1);
  });

  test('shows a change at once, and only that change', async () => {
    await withGitlab({}, async (server) => {
      const before = await ask(server, '/projects/2001/jobs?per_page=100');

      const job = insertJob(server.world, 2001, 'running');
      const inserted = await ask(server, '/projects/2001/jobs?per_page=1');
      finishJob(server.world, job.id);
      const path = `/projects/2001/jobs/${String(job.id)}`;
      const finished = await ask(server, path);

      expect(JSON.parse(inserted.text)).toMatchObject([{ id: job.id, status: 'running' }]);
      expect(JSON.parse(finished.text)).toMatchObject({ status: 'success' });
      const after = await ask(server, '/projects/2001/jobs?per_page=100');
      expect(after.text).toBe(`[${finished.text},${before.text.slice(1)}`);
    });
  });

  test('sends requests for a former path to the project id', async () => {
    await withGitlab({}, async (server) => {
      renameProject(server.world, 2001, 'shop');

      const moved = await ask(server, '/projects/acme%2Fweb%2Fstorefront/jobs?page=1');

      expect(moved.status).toBe(301);
      expect(moved.headers.get('location')).toBe(`${server.url}/api/v4/projects/2001/jobs?page=1`);
      expect((await ask(server, '/projects/acme%2Fweb%2Fshop')).status).toBe(200);
    });
  });

  test('answers 404 for a deleted project and leaves its rows out of the truth', async () => {
    await withGitlab({}, async (server) => {
      const jobs = server.world.projects.get(2001)?.jobs.length ?? 0;

      deleteProject(server.world, 2001);

      const { status, text } = await ask(server, '/projects/2001/jobs');
      expect({ status, text }).toEqual({
        status: 404,
        text: '{"message":"404 Project Not Found"}',
      });
      expect(server.truth('admin')['api_entities_job']).toHaveLength(60 - jobs);
    });
  });

  test('shows a group badge under every project below the group, rendered for each', async () => {
    const [first, second] = await Promise.all([
      rows(gitlab, '/projects/2001/badges'),
      rows(gitlab, '/projects/2066/badges'),
    ]);
    const shared = first.filter(({ kind }) => kind === 'group');

    expect(shared.length).toBeGreaterThan(0);
    for (const badge of shared) {
      const other = second.find(({ id }) => id === badge['id']);
      expect(other?.['link_url']).toBe(badge['link_url']);
      expect(other?.['rendered_link_url']).not.toBe(badge['rendered_link_url']);
    }
  });

  test('renders a changed badge anew', async () => {
    await withGitlab({}, async (server) => {
      updateBadge(server.world, 500, {
        linkUrl: 'https://x.example/%{project_name}/%{default_branch}',
      });

      const { text } = await ask(server, '/projects/2001/badges/500');

      expect(JSON.parse(text)).toMatchObject({
        rendered_link_url: 'https://x.example/storefront/main',
      });
    });
  });
});

describe('rights', () => {
  test.each([
    { token: 'none', path: '/projects', status: 401, body: { message: '401 Unauthorized' } },
    { token: 'member', path: '/applications', status: 403, body: { message: '403 Forbidden' } },
    {
      token: 'member',
      path: '/groups/101/access_requests',
      status: 403,
      body: { message: '403 Forbidden' },
    },
    {
      token: 'member',
      path: '/projects/2053',
      status: 404,
      body: { message: '404 Project Not Found' },
    },
    { token: 'member', path: '/groups/178', status: 404, body: { message: '404 Group Not Found' } },
    {
      token: 'member',
      path: '/projects/2131/jobs',
      status: 403,
      body: { message: '403 Forbidden' },
    },
    {
      token: 'narrow',
      path: '/projects',
      status: 403,
      body: {
        error: 'insufficient_scope',
        error_description:
          'The request requires higher privileges than provided by the access token.',
        scope: 'api read_api',
      },
    },
    {
      token: 'admin',
      path: '/application/plan_limits?plan_name=gold',
      status: 404,
      body: { message: '404 Plan Not Found' },
    },
  ])(
    '$path with the $token token is refused with $status',
    async ({ token, path, status, body }) => {
      const texts: Readonly<Record<string, string>> = {
        admin: gitlab.adminToken,
        member: gitlab.memberToken,
        narrow: gitlab.narrowToken,
      };

      const answered = await ask(gitlab, path, texts[token] ?? 'glpat-wrong');

      expect({ status: answered.status, body: JSON.parse(answered.text) as unknown }).toEqual({
        status,
        body,
      });
    },
  );

  test('are the same for a PRIVATE-TOKEN header', async () => {
    const response = await fetch(`${gitlab.url}/api/v4/user`, {
      headers: { 'private-token': gitlab.adminToken },
    });

    expect(await response.json()).toMatchObject({ username: 'root', is_admin: true });
  });

  test('let a narrow token read itself, users and the version', async () => {
    const paths = ['/user', '/users', '/metadata', '/personal_access_tokens/self'];

    const statuses = await Promise.all(
      paths.map(async (path) => (await ask(gitlab, path, gitlab.narrowToken)).status),
    );

    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  test('end with the token and come back with it', async () => {
    await withGitlab({}, async (server) => {
      revokeToken(server.world, server.memberToken);
      const revoked = await ask(server, '/projects', server.memberToken);
      expireToken(server.world, server.memberToken);
      const expired = await ask(server, '/projects', server.memberToken);
      restoreToken(server.world, server.memberToken);
      const restored = await ask(server, '/projects', server.memberToken);

      expect([revoked.status, expired.status, restored.status]).toEqual([401, 401, 200]);
      expect(revoked.text).toContain('Token was revoked');
    });
  });

  test('show custom attributes to administrators who ask for them only', async () => {
    const path = '/projects/2001?with_custom_attributes=true';

    const [admin, member, plain] = await Promise.all([
      ask(gitlab, path),
      ask(gitlab, path, gitlab.memberToken),
      ask(gitlab, '/projects/2001'),
    ]);

    expect(JSON.parse(admin.text)).toHaveProperty('custom_attributes');
    expect(JSON.parse(member.text)).not.toHaveProperty('custom_attributes');
    expect(JSON.parse(plain.text)).not.toHaveProperty('custom_attributes');
  });
});
