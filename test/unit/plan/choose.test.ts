import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import type { RunRequest } from '../../../functions/engine/model/run.ts';
import { chooseResources } from '../../../functions/engine/plan/choose.ts';

const EVERYTHING = new Set(allResources(catalog).map(({ id }) => id));

function request(changes: Partial<RunRequest>): RunRequest {
  const asOf = new Date('2026-11-22T00:00:00Z');
  return { trigger: 'manual', mode: 'incremental', until: 'once', asOf, ...changes };
}

function chosen(changes: Partial<RunRequest>, complete: ReadonlySet<string>): readonly string[] {
  const { resources } = chooseResources(catalog, request(changes), { isAdmin: true, complete });
  return resources.map(({ id }) => id).toSorted();
}

describe('chooseResources', () => {
  test.each([
    {
      name: 'adds parents that were never loaded',
      changes: { resources: ['metric_images'] },
      complete: new Set<string>(),
      expected: ['alerts', 'metric_images', 'projects'],
    },
    {
      name: 'adds the parents of parents',
      changes: { resources: ['avatars'] },
      complete: new Set(['users']),
      expected: ['avatars', 'branches', 'jobs', 'projects'],
    },
    {
      name: 'leaves parents alone that were loaded',
      changes: { resources: ['metric_images'] },
      complete: EVERYTHING,
      expected: ['metric_images'],
    },
    {
      name: 'names a parent once',
      changes: { resources: ['jobs', 'projects', 'branches'] },
      complete: new Set<string>(),
      expected: ['branches', 'jobs', 'projects'],
    },
  ])('$name', ({ changes, complete, expected }) => {
    expect(chosen(changes, complete)).toEqual(expected);
  });

  // GL1.15
  test('leaves out what only an administrator may read, and names it', () => {
    const choice = chooseResources(catalog, request({}), { isAdmin: false, complete: EVERYTHING });

    expect(choice.resources.map(({ access }) => access)).not.toContain('admin');
    expect(choice.adminOnly.map(({ id }) => id)).toContain('ci_variables');
  });

  test('gives an administrator everything', () => {
    const choice = chooseResources(catalog, request({}), { isAdmin: true, complete: EVERYTHING });

    expect(choice.adminOnly).toEqual([]);
    expect(choice.resources.map(({ id }) => id)).toContain('ci_variables');
  });
});
