import { expect, test } from 'vitest';

import { changedParentsBy, of, parent } from '../../../functions/engine/catalog/bindings.ts';
import { defineFamily } from '../../../functions/engine/catalog/defineFamily.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { openBench } from '../../support/run.ts';
import { smallGitlab } from '../../support/smallGitlab.ts';
import { type Handler, queryOf, sendJson, startTinyServer } from '../extract/tinyServer.ts';

const catalog = {
  merges: defineFamily('merges', {
    merge_requests: {
      path: '/merge_requests',
      table: 'api_entities_merge_request',
      record: of<{ id: number; sha: string; title: string; state: string }>(),
      primaryKey: ['id'],
      pagination: 'offset',
    },
    merge_request_commits: {
      path: '/merge_requests/{merge_request_id}/commits',
      bind: { merge_request_id: parent('merge_requests', 'id') },
      keep: ['merge_request_id'],
      includeFromParent: ['sha'],
      table: 'api_entities_mr_commit',
      record: of<{ id: string }>(),
      primaryKey: ['merge_request_id', 'id'],
      pagination: 'offset',
      cursor: changedParentsBy('sha'),
    },
  }),
};

interface MergeRequest {
  sha: string;
  title: string;
  state: string;
  commits: number;
}

/** Merge requests by id, and commits below them named after the head. */
function mergeRequests(world: Map<number, MergeRequest>): Handler {
  return (request, response) => {
    const id = Number(/merge_requests\/(\d+)/.exec(request.url ?? '')?.[1]);
    const end = Number(queryOf(request).get('page')) * 100;
    const one = world.get(id);
    const all =
      one === undefined
        ? [...world].map(([key, { sha, title, state }]) => ({ id: key, sha, title, state }))
        : Array.from({ length: one.commits }, (_, index) => ({
            id: `${one.sha}-${String(index)}`,
          }));
    sendJson(response, all.slice(end - 100, end), {
      headers: { 'x-next-page': end < all.length ? String(end / 100 + 1) : '' },
    });
  };
}

const WORLD = { projects: 1, jobs: 1, branches: 1 };

// G4
test('4: commits are read where the head of their merge request changed, whatever its state', async () => {
  const world = new Map<number, MergeRequest>([
    [1, { sha: 'a', title: 'one', state: 'opened', commits: 3 }],
    [2, { sha: 'b', title: 'two', state: 'merged', commits: 250 }],
    [3, { sha: 'c', title: 'three', state: 'closed', commits: 0 }],
  ]);
  await using server = await startTinyServer(smallGitlab(mergeRequests(world)));
  await using bench = await openBench(WORLD);
  const environment = { GITLAB_BASE_URL: server.url };
  const asked = (): readonly string[] =>
    server.asked
      .filter((path) => path.includes('/commits'))
      .map((path) => path.replace(/.*requests/, ''));
  await bench.load({ catalog, environment });
  const before = asked().length;
  world.set(1, { sha: 'a', title: 'only the title', state: 'opened', commits: 3 });
  world.set(2, { sha: 'b2', title: 'two', state: 'merged', commits: 120 });

  const { report } = await bench.load({ catalog, environment });

  expect(report.outcome).toBe('done');
  expect(asked().slice(before)).toEqual([
    '/2/commits?page=1&per_page=100',
    '/2/commits?page=2&per_page=100',
  ]);
});

// G4 G5
test('4: a merge request whose commits were read in part is gone on with, although its head is stored', async () => {
  const world = new Map<number, MergeRequest>([
    [1, { sha: 'a', title: 'one', state: 'opened', commits: 1 }],
  ]);
  await using server = await startTinyServer(smallGitlab(mergeRequests(world)));
  await using bench = await openBench(WORLD);
  const environment = { GITLAB_BASE_URL: server.url };
  await bench.load({ catalog, environment });
  world.set(1, { sha: 'b', title: 'one', state: 'opened', commits: 450 });
  for (let runs = 0; runs < 8; runs += 1) {
    const stopper = new AbortController();
    let clock = 0;
    await bench.load({
      ...{ catalog, environment, signal: stopper.signal, now: () => (clock += 10_000) },
      report: (event) => {
        if (event.event === 'package-committed' && event.resource === 'merge_request_commits')
          stopper.abort(new Error('stopped by a signal'));
      },
    });
  }

  const { rows } = await bench.database.query<{ count: number }>(
    sql`select count(*)::int as count from gitlab_data.api_entities_mr_commit where id like 'b-%'`,
  );

  expect(rows).toEqual([{ count: 450 }]);
});
