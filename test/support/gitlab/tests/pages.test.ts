import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, everything, nextOf, type Row, rows, withGitlab } from '../ask.ts';
import { type SimulatedGitlab, startGitlab } from '../server.ts';
import { deleteBranch, insertJob } from '../world/mutations.ts';

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ jobs: 1200, branches: 400 });
});
afterAll(() => gitlab.close());

describe('offset pages', () => {
  test('carry totals and links that repeat every parameter and the id', async () => {
    const { headers } = await ask(gitlab, '/projects/2001/badges?per_page=2');

    expect(headers.get('x-page')).toBe('1');
    expect(headers.get('x-per-page')).toBe('2');
    expect(headers.get('x-next-page')).toBe('2');
    expect(headers.get('x-prev-page')).toBe('');
    expect(headers.get('x-total')).toBe('5');
    expect(headers.get('x-total-pages')).toBe('3');
    expect(nextOf(headers)).toBe('/projects/2001/badges?id=2001&page=2&per_page=2');
  });

  test('end with an empty X-Next-Page', async () => {
    const { headers } = await ask(gitlab, '/projects/2001/badges?per_page=2&page=3');

    expect(headers.get('x-next-page')).toBe('');
    expect(headers.get('link')).not.toContain('rel="next"');
  });

  test('have 20 rows by default and never more than 100', async () => {
    expect(await rows(gitlab, '/projects/2001/jobs')).toHaveLength(20);
    expect(await rows(gitlab, '/projects/2001/jobs?per_page=500')).toHaveLength(100);
  });

  test('of jobs never carry totals', async () => {
    const { headers } = await ask(gitlab, '/projects/2001/jobs');

    expect(headers.get('x-next-page')).toBe('2');
    expect(headers.has('x-total')).toBe(false);
    expect(headers.get('link')).not.toContain('rel="last"');
  });

  test('of branches promise a second page that can be empty', async () => {
    await withGitlab({ branches: 3, projects: 1 }, async (server) => {
      const { headers } = await ask(server, '/projects/2001/repository/branches');
      const second = await ask(server, '/projects/2001/repository/branches?page=2');

      expect(headers.get('x-next-page')).toBe('2');
      expect(headers.get('x-total-pages')).toBe('1');
      expect(second).toMatchObject({ status: 200, text: '[]' });
    });
  });

  test.each([
    { path: '/projects/2001/jobs?page=0', status: 400, error: 'page does not have a valid value' },
    { path: '/users?page=x', status: 400, error: 'page is invalid' },
    {
      path: '/groups?pagination=keyset',
      status: 405,
      error: 'Keyset pagination is not yet available for this type of request',
    },
    {
      path: '/projects?pagination=keyset&order_by=name',
      status: 405,
      error: 'Keyset pagination is not yet available for this type of request',
    },
    {
      path: '/projects/2001/jobs?pagination=keyset&sort=asc',
      status: 405,
      error: 'Keyset pagination is not yet available for this type of request',
    },
    {
      path: '/projects/2001/jobs?page=501&per_page=100',
      status: 405,
      error:
        'Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type Ci::Build. Remaining records can be retrieved using keyset pagination.',
    },
    {
      path: '/admin/batched_background_migrations?database=geo',
      status: 400,
      error: 'database does not have a valid value',
    },
  ])('are refused with $status for $path', async ({ path, status, error }) => {
    const answered = await ask(gitlab, path);

    expect(answered.status).toBe(status);
    expect(JSON.parse(answered.text)).toEqual({ error });
  });

  test('build links with the configured host', async () => {
    await withGitlab(
      { linkOrigin: 'http://internal:8080', relativeRoot: '/gitlab' },
      async (server) => {
        const { headers } = await ask(server, '/users?per_page=5');

        expect(server.url).toMatch(/\/gitlab$/u);
        expect(headers.get('link')).toContain(
          '<http://internal:8080/gitlab/api/v4/users?page=2&per_page=5>',
        );
      },
    );
  });
});

describe('keyset pages', () => {
  test('of jobs descend by id and end without a link', async () => {
    const jobs = await everything(
      gitlab,
      '/projects/2001/jobs?pagination=keyset&order_by=id&sort=desc&per_page=100',
    );
    const expected = gitlab.world.projects
      .get(2001)
      ?.jobs.map(({ id }) => id)
      .toReversed();

    expect(jobs.map(({ id }) => id)).toEqual(expected);
  });

  test('of jobs skip nothing when jobs arrive during the walk', async () => {
    await withGitlab({}, async (server) => {
      const path = '/projects/2001/jobs?pagination=keyset&per_page=5';
      const known = server.world.projects.get(2001)?.jobs.length ?? 0;
      const first = await ask(server, path);

      insertJob(server.world, 2001);
      let count = 5;
      for (let next = nextOf(first.headers); next !== undefined;) {
        const page = await ask(server, next);
        count += (JSON.parse(page.text) as readonly Row[]).length;
        next = nextOf(page.headers);
      }

      expect(count).toBe(known);
    });
  });

  test('of jobs can be narrowed to statuses', async () => {
    const path = '/projects/2001/jobs?pagination=keyset&per_page=3&scope[]=manual&scope[]=running';

    const jobs = await everything(gitlab, path);

    const expected = gitlab.world.projects
      .get(2001)
      ?.jobs.filter(({ status }) => ['manual', 'running'].includes(status));
    expect(jobs).toHaveLength(expected?.length ?? -1);
    expect(jobs.length).toBeGreaterThan(3);
  });

  test('of branches follow the last name, and 422 tells that it was deleted', async () => {
    await withGitlab({}, async (server) => {
      const path = '/projects/2001/repository/branches?pagination=keyset&per_page=3';
      const first = await ask(server, path);
      const names = (JSON.parse(first.text) as readonly { readonly name: string }[]).map(
        ({ name }) => name,
      );

      deleteBranch(server.world, 2001, names[2] ?? '');
      const second = await ask(server, nextOf(first.headers) ?? '');

      expect(second.status).toBe(422);
      expect(JSON.parse(second.text)).toEqual({
        message: `Invalid page token: refs/heads/${names[2] ?? ''}`,
      });
    });
  });

  test('of branches give every name once, whatever is in it', async () => {
    const path = '/projects/2001/repository/branches?pagination=keyset&per_page=7';

    const names = (await everything(gitlab, path)).map(({ name }) => String(name));

    expect(names).toEqual(gitlab.world.projects.get(2001)?.branches.map(({ name }) => name));
    const odd = names.find((name) => /[^ -~]/u.test(name)) ?? 'main';
    const { text } = await ask(
      gitlab,
      `/projects/2001/repository/branches/${encodeURIComponent(odd)}`,
    );
    expect(JSON.parse(text)).toMatchObject({ name: odd });
  });

  test('of projects send a link as long as there is a row, then an empty list', async () => {
    const path = '/projects?pagination=keyset&order_by=id&sort=asc&per_page=40';

    const first = await ask(gitlab, path);
    const second = await ask(gitlab, nextOf(first.headers) ?? '');

    expect(nextOf(first.headers)).toContain('id_after=2508');
    expect(second.text).toBe('[]');
    expect(second.headers.has('link')).toBe(false);
  });

  test('of users follow a cursor in any order', async () => {
    const users = await everything(
      gitlab,
      '/users?pagination=keyset&order_by=name&sort=asc&per_page=9',
    );

    expect(new Set(users.map(({ id }) => id)).size).toBe(60);
  });
});
