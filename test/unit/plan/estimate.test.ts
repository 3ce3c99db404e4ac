import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import {
  constantsOf,
  estimateResource,
  type History,
  type ResourceFacts,
} from '../../../functions/engine/plan/estimate.ts';
import { totalOf } from '../../../functions/engine/plan/total.ts';

function resource(name: string): ResourceSpec {
  const found = allResources(catalog).find(({ id }) => id === name);
  if (found === undefined) throw new Error(`no resource '${name}'`);
  return found;
}

const HISTORY: History = {
  ...{ known: 10, due: 10, held: 0, waiting: 0, halted: 0, unread: 0, rows: 1_000, pages: 14 },
};

function facts(more: Partial<ResourceFacts> = {}): ResourceFacts {
  return {
    ...{ history: undefined, newPartitions: 0, samples: [], constants: 1 },
    ...{ targets: undefined, storedBytesPerRow: undefined },
    ...more,
  };
}

function page(rows: number, isAll = true) {
  return { rows, isAll, bytesPerRow: 200 };
}

describe('estimateResource', () => {
  test('a first run is what the samples show, in every partition', () => {
    const samples = [page(50), page(250)];

    expect(estimateResource(resource('branches'), facts({ newPartitions: 10, samples }))).toEqual({
      ...{ resource: 'branches', partitions: 10, held: 0, waiting: 0, halted: 0 },
      rows: { expected: 1_500, atLeast: 0 },
      requests: { expected: 20, atLeast: 10 },
      ...{ bytes: 300_000, goesOn: false, basis: 'sample' },
    });
  });

  test('a list that goes on says that its numbers are at least these', () => {
    const found = facts({ newPartitions: 2, samples: [page(100, false)] });

    expect(estimateResource(resource('jobs'), found)).toMatchObject({ goesOn: true });
  });

  test('what is read in full again takes what it took', () => {
    const found = facts({ history: HISTORY, storedBytesPerRow: 10 });

    expect(estimateResource(resource('branches'), found)).toMatchObject({
      rows: { expected: 1_000 },
      requests: { expected: 14, atLeast: 10 },
      ...{ bytes: 10_000, basis: 'last scan' },
    });
  });

  test('partitions that were never read are like those that were', () => {
    const history = { ...HISTORY, due: 11, unread: 1 };

    expect(
      estimateResource(resource('branches'), facts({ history, newPartitions: 1 })),
    ).toMatchObject({ partitions: 12, rows: { expected: 1_200 }, requests: { expected: 17 } });
  });

  test('an incremental list takes its first page and one of unfinished rows', () => {
    expect(estimateResource(resource('jobs'), facts({ history: HISTORY }))).toMatchObject({
      requests: { expected: 20, atLeast: 10 },
    });
  });

  test('nothing is due: nothing is asked', () => {
    const history = { ...HISTORY, due: 0, held: 3, waiting: 2, halted: 1, rows: 0, pages: 0 };

    expect(estimateResource(resource('jobs'), facts({ history }))).toMatchObject({
      ...{ partitions: 0, held: 3, waiting: 2, halted: 1, bytes: 0 },
      requests: { expected: 0, atLeast: 0 },
    });
  });

  test.each([
    { targets: 7, requests: 7, rows: 7 },
    { targets: 0, requests: 0, rows: 0 },
    { targets: null, requests: null, rows: null },
  ])('$targets values without a row are as many requests', ({ targets, requests, rows }) => {
    expect(
      estimateResource(resource('avatars'), facts({ newPartitions: 1, targets })),
    ).toMatchObject({ requests: { expected: requests, atLeast: 0 }, rows: { expected: rows } });
  });

  test('listed values are a request each', () => {
    const constants = constantsOf(resource('plan_limits'), { dictionaryTables: [] });

    expect(constants).toBe(11);
    expect(
      estimateResource(
        resource('plan_limits'),
        facts({ newPartitions: 1, constants, samples: [page(1)] }),
      ),
    ).toMatchObject({ requests: { expected: 11, atLeast: 11 } });
  });
});

describe('totalOf', () => {
  const estimates = [
    estimateResource(resource('branches'), facts({ newPartitions: 600, samples: [page(1)] })),
  ];

  test.each([
    { name: 'the rate limit', requestsPerMinute: 60, milliseconds: 10, seconds: 600 },
    { name: 'the answers', requestsPerMinute: 6_000, milliseconds: 1_000, seconds: 75 },
    { name: 'the answers alone', requestsPerMinute: undefined, milliseconds: 100, seconds: 7.5 },
  ])('takes as long as $name', ({ requestsPerMinute, milliseconds, seconds }) => {
    const pace = { requestsPerMinute, millisecondsPerRequest: milliseconds, concurrency: 8 };

    expect(totalOf(estimates, pace)).toMatchObject({
      ...{ seconds, isComplete: true, requests: { expected: 600, atLeast: 600 } },
    });
  });

  test('what is not known makes it incomplete', () => {
    const unknown = estimateResource(
      resource('avatars'),
      facts({ newPartitions: 1, targets: null }),
    );
    const pace = { requestsPerMinute: 1, millisecondsPerRequest: 1, concurrency: 1 };

    expect(totalOf([unknown], pace)).toMatchObject({ isComplete: false, rows: { expected: 0 } });
  });
});
