import { describe, expect, test } from 'vitest';

import {
  isReachable,
  keptColumns,
  pathFor,
  queryFor,
  targetsOf,
} from '../../../functions/engine/extract/targets.ts';
import type {
  PartitionTask,
  StoredTarget,
  Target,
} from '../../../functions/engine/model/position.ts';
import type { Binding } from '../../../functions/engine/model/resource.ts';
import { collect } from './collect.ts';
import { resourceOf, taskOf } from './task.ts';

const project: Binding = { from: 'each', scope: 'project' };
const plan: Binding = { from: 'values', values: ['free', 'gold', 'bronze'] };
const iid: Binding = { from: 'parent', resource: 'alerts', field: 'iid' };
const database: Binding = { from: 'setting', setting: 'dictionaryTables', part: 0 };
const table: Binding = { from: 'setting', setting: 'dictionaryTables', part: 1 };

async function* storedTargets({ token }: PartitionTask): AsyncGenerator<StoredTarget> {
  await Promise.resolve();
  const after = Number(token?.after?.['iid'] ?? 0);
  for (const stored of [1, 2, 3]) if (stored > after) yield { target: { iid: stored } };
}

async function targets(
  bind: Readonly<Record<string, Binding>>,
  after?: Target,
): Promise<readonly Target[]> {
  const token = after === undefined ? undefined : { after };
  const ports = {
    destination: {
      targets: storedTargets,
      cursorAtEnd: () => Promise.resolve(undefined),
      unfinished: () => Promise.resolve([]),
    },
    settings: {
      dictionaryTables: [
        ['main', 'users'],
        ['ci', 'builds'],
      ] as const,
    },
    isAdmin: false,
  };
  const found = await collect(targetsOf(taskOf({ bind }, { token }), ports));
  return found.map(({ target }) => target);
}

describe('targetsOf', () => {
  test('gives an unbound resource one target', async () => {
    expect(await targets({})).toEqual([{}]);
  });

  test('gives a partition its id as a number', async () => {
    expect(await targets({ project_id: project })).toEqual([{ project_id: 17 }]);
  });

  test('keeps listed values in their order and goes on after one', async () => {
    expect(await targets({ plan }, { plan: 'free' })).toEqual([
      { plan: 'gold' },
      { plan: 'bronze' },
    ]);
  });

  test('ends after the last value', async () => {
    expect(await targets({ plan }, { plan: 'bronze' })).toEqual([]);
  });

  test('begins again when the value that was finished is not listed any more', async () => {
    expect(await targets({ plan }, { plan: 'silver' })).toHaveLength(3);
  });

  test('keeps the pairs of a setting together', async () => {
    expect(await targets({ database, table })).toEqual([
      { database: 'main', table: 'users' },
      { database: 'ci', table: 'builds' },
    ]);
  });

  test('puts stored values below every listed one', async () => {
    const found = await targets({ project_id: project, plan, iid });

    expect(found).toHaveLength(9);
    expect(found[3]).toEqual({ project_id: 17, plan: 'gold', iid: 1 });
  });

  test('goes on in the middle of the stored values', async () => {
    const found = await targets({ plan, iid }, { plan: 'gold', iid: 2 });

    expect(found).toEqual([
      { plan: 'gold', iid: 3 },
      { plan: 'bronze', iid: 1 },
      { plan: 'bronze', iid: 2 },
      { plan: 'bronze', iid: 3 },
    ]);
  });
});

describe('pathFor', () => {
  test('encodes what a name holds', () => {
    const path = pathFor(resourceOf({ path: '/projects/{p}/branches/{b}' }), {
      p: 1,
      b: 'feature/x ?#',
    });

    expect(path).toBe('/projects/1/branches/feature%2Fx%20%3F%23');
  });
});

describe('isReachable', () => {
  test.each(['/a/..', '/a/./b', '/a//b', '/a/'])('is false for %s', (path) => {
    expect(isReachable(path)).toBe(false);
  });

  test.each(['/a/...', '/a/b', '/a/%2F'])('is true for %s', (path) => {
    expect(isReachable(path)).toBe(true);
  });
});

describe('queryFor', () => {
  const resource = resourceOf({
    query: { plan_name: '{plan}', order_by: 'id' },
    adminQuery: { all: 'true' },
    memberQuery: { membership: 'true' },
  });

  test('binds parameters and adds what administrators send', () => {
    expect(queryFor(resource, { plan: 'a b' }, true).toString()).toBe(
      'plan_name=a+b&order_by=id&all=true',
    );
  });

  test('adds what members send', () => {
    expect(queryFor(resource, { plan: 'x' }, false).get('membership')).toBe('true');
  });
});

describe('keptColumns', () => {
  test('keeps the named parameters only', () => {
    expect(keptColumns(resourceOf({ keep: ['a', 'c'] }), { a: 1, b: 2 })).toEqual({ a: 1 });
  });
});
