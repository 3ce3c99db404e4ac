import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import type { RunRequest } from '../../../functions/engine/model/run.ts';
import { chooseResources } from '../../../functions/engine/plan/choose.ts';
import { parseResources, requireKnownGlobs } from '../../../functions/engine/plan/resources.ts';

/** Where projects are found by, they are followed too. */
const FOLLOWERS = ['active_projects', 'changed_projects'];
const complete = new Set(allResources(catalog).map(({ id }) => id));

function chosen(globs: string, request: Partial<RunRequest> = {}): readonly string[] {
  const order = { trigger: 'manual', mode: 'incremental', until: 'once', ...request } as const;
  const filter = parseResources(globs);
  const { resources } = chooseResources(catalog, order, { isAdmin: true, complete, filter });
  return resources.map(({ id }) => id).toSorted();
}

describe('RESOURCES', () => {
  test.each([
    { globs: 'issues', expected: [...FOLLOWERS, 'issues', 'projects'] },
    {
      globs: 'labels/*',
      expected: [...FOLLOWERS, 'group_labels', 'groups', 'project_labels', 'projects'],
    },
    { globs: 'project*s, !project_*', expected: ['projects'] },
    { globs: 'metric_images', expected: [...FOLLOWERS, 'alerts', 'metric_images', 'projects'] },
    { globs: 'metric_images,!alerts', expected: [...FOLLOWERS, 'metric_images', 'projects'] },
    { globs: 'avatars', expected: ['avatars'] },
  ])('$globs loads $expected', ({ globs, expected }) => {
    expect(chosen(globs)).toEqual(expected.toSorted());
  });

  test('that only excludes leaves the rest', () => {
    const everything = chosen('');

    expect(chosen('!jobs')).toEqual(everything.filter((id) => id !== 'jobs'));
    expect(everything).toContain('jobs');
  });

  test('narrows what a function loads, to nothing if need be', () => {
    expect(chosen('jobs', { families: ['jobs'] })).toEqual(['jobs']);
    expect(chosen('branches', { families: ['jobs'] })).toEqual([]);
  });

  test('gives way to resources that a request names', () => {
    expect(chosen('branches', { resources: ['jobs'] })).toEqual(['jobs']);
  });

  test.each(['jbos', 'jobs/branches', '!nothing', 'issues,nothing_*'])(
    'refuses %s, which matches nothing',
    (globs) => {
      const check = (): void => {
        requireKnownGlobs(parseResources(globs), catalog);
      };

      expect(check).toThrow(/^RESOURCES: '[^']+' matches no resource; expected for example /u);
      expect(check).toThrow(expect.objectContaining({ code: 'E_CONFIG' }) as Error);
    },
  );
});
