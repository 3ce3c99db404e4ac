import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ask, everything, rows } from '../ask.ts';
import { type SimulatedGitlab, startGitlab } from '../server.ts';
import { shelfNamed, SHELVES } from '../shelves/all.ts';
import { deleteRow, insertRow, rowsIn, touchRows, updateRow } from '../shelves/mutations.ts';
import { listPath, placesOf } from '../shelves/objects.ts';
import type { Shelf } from '../shelves/shelf.ts';
import { DAY, utc } from '../time.ts';

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  const rows = { issues: 160, merge_requests: 40, pipelines: 40 };
  gitlab = await startGitlab({ projects: 12, jobs: 60, branches: 40, rows });
});
afterAll(() => gitlab.close());

const busiest = (): number => [...gitlab.world.projects.keys()][0] ?? 0;
const path = (rest: string): string => `/projects/${String(busiest())}/${rest}`;

/** One query for everything, or one for every 30 days where GitLab allows no more. */
function queriesOf({ filters = [] }: Shelf): readonly string[] {
  if (!filters.includes('created-within-30-days')) return [''];
  return Array.from({ length: 12 }, (_, index) => {
    const after = gitlab.world.clock.milliseconds - (index + 1) * 30 * DAY;
    return `&created_after=${utc(after)}&created_before=${utc(after + 30 * DAY)}`;
  });
}

describe.each(['admin', 'member'] as const)('the shelves for the %s token', (who) => {
  test.each(SHELVES.map(({ name }) => name))('the truth of %s is what it lists', async (name) => {
    const token = who === 'admin' ? gitlab.adminToken : gitlab.memberToken;
    const shelf = shelfNamed(name);
    const listed: unknown[] = [];
    for (const place of placesOf(gitlab.world, who, shelf)) {
      const path = listPath(gitlab.world, shelf, place);
      if (shelf.size === 'one') listed.push(JSON.parse((await ask(gitlab, path, token)).text));
      for (const query of shelf.size === 'one' ? [] : queriesOf(shelf)) {
        listed.push(...(await everything(gitlab, `${path}?per_page=50${query}`, token)));
      }
    }

    const truth = gitlab.truth(who, { shelves: [name] })[shelf.table] ?? [];

    const sorted = (found: readonly unknown[]): readonly string[] =>
      [...new Set(found.map((row) => JSON.stringify(row)))].toSorted();
    expect(sorted(listed)).toEqual(sorted(truth.map(({ source }) => source)));
    if (who === 'admin') expect(listed.length).toBeGreaterThan(0);
  });

  test('refuses whom the role is too low for', async () => {
    const shelf = shelfNamed('merge_requests');
    const allowed = placesOf(gitlab.world, 'member', shelf).map(({ project }) => project?.id);
    const refused = [...gitlab.world.projects.values()].filter(({ id }) => !allowed.includes(id));

    const answers = await Promise.all(
      refused.map((project) =>
        ask(gitlab, listPath(gitlab.world, shelf, { project }), gitlab.memberToken),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403, 404]));
  });
});

describe('a list of a shelf', () => {
  test('ascends by change from an instant on that is part of it', async () => {
    const all = await everything(gitlab, path('issues?order_by=updated_at&sort=asc&per_page=100'));
    const instants = all.map((row) => String(row['updated_at']));
    const from = instants[20] ?? '';

    const later = await everything(
      gitlab,
      path(`issues?order_by=updated_at&sort=asc&per_page=100&updated_after=${from}`),
    );

    expect(instants).toEqual(instants.toSorted());
    expect(later.map((row) => row['id'])).toEqual(all.slice(20).map((row) => row['id']));
    expect(later.length).toBeGreaterThan(20);
  });

  test('has the rows of a state, and all of them when asked for all', async () => {
    const count = async (query: string): Promise<number> =>
      (await everything(gitlab, path(`issues?per_page=100${query}`))).length;

    const [opened, closed, all] = [
      await count('&state=opened'),
      await count('&state=closed'),
      await count('&state=all'),
    ];

    expect([opened > 0, closed > 0, opened + closed]).toEqual([true, true, all]);
  });

  test('refuses an order that GitLab has not', async () => {
    expect((await ask(gitlab, path('issues?order_by=weight_of_air'))).status).toBe(400);
  });

  test('is shown row by row too', async () => {
    const [first] = await rows(gitlab, path('issues'));

    const { text } = await ask(gitlab, path(`issues/${String(first?.['iid'])}`));

    expect(JSON.parse(text)).toEqual(first);
  });
});

describe('mutations of a shelf', () => {
  test('show in its list: a new row first, a changed row last by change, a deleted one no more', async () => {
    const { world } = gitlab;
    const where = busiest();
    const [oldest, second] = rowsIn(world, 'issues', where);
    const inserted = insertRow(world, 'issues', where, { title: 'brand new' });
    updateRow(world, { name: 'issues', where, id: oldest?.id ?? 0 }, { state: 'reopened' });
    deleteRow(world, { name: 'issues', where, id: second?.id ?? 0 });

    const newest = await rows(gitlab, path('issues?per_page=1'));
    const changed = await rows(gitlab, path('issues?order_by=updated_at&per_page=1'));
    const ids = (await everything(gitlab, path('issues?per_page=100'))).map((row) => row['id']);

    expect(newest[0]).toMatchObject({ id: inserted.id, title: 'brand new' });
    expect(changed[0]).toMatchObject({ id: oldest?.id, state: 'reopened' });
    expect(ids).not.toContain(second?.id);
  });

  test('give many rows the same instant of change', async () => {
    const { world } = gitlab;
    const ids = rowsIn(world, 'issues', busiest())
      .slice(10, 60)
      .map(({ id }) => id);
    const now = new Date(touchRows(world, 'issues', busiest(), ids)).toISOString();

    const found = await everything(gitlab, path(`issues?updated_after=${now}&per_page=20`));

    expect(found.map((row) => Number(row['id'])).toSorted()).toEqual(ids.toSorted());
    expect(new Set(found.map((row) => row['updated_at']))).toEqual(new Set([now]));
  });
});
