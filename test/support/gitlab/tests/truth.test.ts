import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, everything, type Row, rows } from '../ask.ts';
import { type SimulatedGitlab, startGitlab } from '../server.ts';
import { type TruthRow } from '../truthRows.ts';

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ jobs: 1200, branches: 400 });
});
afterAll(() => gitlab.close());

describe.each(['admin', 'member'] as const)('the truth for the %s token', (who) => {
  const token = (): string => (who === 'admin' ? gitlab.adminToken : gitlab.memberToken);

  function expectRows(table: string, found: readonly Row[]): void {
    const expected = (gitlab.truth(who)[table] ?? []).map(({ source }: TruthRow) => exact(source));
    expect(found.map(exact).toSorted()).toEqual(expected.toSorted());
    expect(found.length).toBeGreaterThan(0);
  }

  /** Compares what JSON.parse keeps: integers beyond 2^53 are rounded on both sides. */
  function exact(row: object): string {
    return JSON.stringify(row, (_key, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    );
  }

  async function perOwner(
    owners: readonly number[],
    path: (owner: number) => string,
  ): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (const owner of owners) found.push(...(await everything(gitlab, path(owner), token())));
    return found;
  }

  const ids = (table: string): readonly number[] =>
    (gitlab.truth(who)[table] ?? []).map(({ key }) => Number(key['id']));

  test.each([
    { table: 'api_entities_project', path: '/projects?with_custom_attributes=true&per_page=7' },
    { table: 'api_entities_group', path: '/groups?with_custom_attributes=true&per_page=5' },
    { table: 'api_entities_user', path: '/users?with_custom_attributes=true' },
    { table: 'api_entities_bulk_import', path: '/bulk_imports' },
    { table: 'api_entities_bulk_imports', path: '/bulk_imports/entities' },
    { table: 'api_entities_broadcast_message', path: '/broadcast_messages' },
  ])('$table is what $path lists', async ({ table, path }) => {
    expectRows(table, await everything(gitlab, path, token()));
  });

  test.each([
    { table: 'api_entities_job', path: 'jobs?pagination=keyset&per_page=100' },
    { table: 'api_entities_branch', path: 'repository/branches?pagination=keyset&per_page=100' },
  ])('$table is what all projects list', async ({ table, path }) => {
    expectRows(
      table,
      await perOwner(ids('api_entities_project'), (id) => `/projects/${String(id)}/${path}`),
    );
  });

  test('badges and access requests are what all groups and projects list', async () => {
    for (const [table, path] of [
      ['api_entities_badge', 'badges'],
      ['api_entities_access_requester', 'access_requests'],
    ] as const) {
      const ofGroups = await perOwner(
        ids('api_entities_group'),
        (id) => `/groups/${String(id)}/${path}`,
      );
      const ofProjects = await perOwner(
        ids('api_entities_project'),
        (id) => `/projects/${String(id)}/${path}`,
      );

      expectRows(table, [...ofGroups, ...ofProjects]);
    }
  });

  test('every rendered badge can be asked for', async () => {
    const details = (gitlab.truth(who)['api_entities_basic_badge_details'] ?? []).slice(0, 40);

    for (const { key, source } of details) {
      const owner =
        'group_id' in key
          ? `groups/${String(key['group_id'])}`
          : `projects/${String(key['project_id'])}`;
      const query = new URLSearchParams({
        link_url: String(key['link_url']),
        image_url: String(key['image_url']),
      });
      const { text } = await ask(gitlab, `/${owner}/badges/render?${query.toString()}`, token());
      expect(JSON.parse(text)).toEqual(source);
    }
    expect(details.length).toBeGreaterThan(10);
  });

  test('the avatars belong to every address that the loaded rows contain', async () => {
    const tables = gitlab.truth(who);
    const text = ['api_entities_job', 'api_entities_branch', 'api_entities_user']
      .flatMap((table) => (tables[table] ?? []).map(({ source }) => exact(source)))
      .join('\n');

    const found = [
      ...text.matchAll(/"(?:public_email|email|author_email|committer_email)":"([^"]+)"/gu),
    ];

    const expected = new Set(found.map(([, email]) => email));
    const known = (tables['api_entities_avatar'] ?? []).map(({ key }) => key['email']);
    expect(new Set(known)).toEqual(expected);
    expect(known).toHaveLength(expected.size);
    const { text: body } = await ask(
      gitlab,
      `/avatar?email=${encodeURIComponent(String(known[0]))}`,
      token(),
    );
    expect(JSON.parse(body)).toEqual(tables['api_entities_avatar']?.[0]?.source);
  });
});

describe('the truth of the instance', () => {
  test('has every table of an administrator, and none of them for a member', () => {
    const admin = gitlab.truth('admin', {
      dictionaryTables: [
        ['main', 'users'],
        ['ci', 'nothing'],
      ],
    });
    const member = gitlab.truth('member');
    const sizes = (
      tables: typeof admin,
      names: readonly string[],
    ): readonly (number | undefined)[] =>
      names.map((name) => tables[`api_entities_${name}`]?.length);
    const names = [
      'appearance',
      'application',
      'batched_background_migration',
      'ci_variable',
      'cluster',
      'dictionary_table',
      'plan_limit',
    ];

    expect(sizes(admin, names)).toEqual([1, 4, 28, 24, 3, 1, 4]);
    expect(sizes(member, names)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(Object.keys(admin)).toHaveLength(23);
    expect(Object.keys(member)).toEqual(expect.arrayContaining(Object.keys(admin)));
  });

  test('lists the 20 newest migrations of each database', async () => {
    const main = await rows(gitlab, '/admin/batched_background_migrations');
    const ci = await rows(gitlab, '/admin/batched_background_migrations?database=ci');

    expect([main.length, ci.length]).toEqual([20, 8]);
    expect(main[0]?.['id']).toBe('1225');
  });
});
