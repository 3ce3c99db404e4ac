import { describe, expect, test } from 'vitest';

import { parseScope } from '../../../functions/engine/plan/scope.ts';

const PATHS = ['acme', 'acme/web', 'acme/web/.github', 'acme/archive/old', 'other/tool', 'öl/ü'];

describe('parseScope', () => {
  test.each([
    { scope: undefined, admitted: PATHS },
    { scope: '', admitted: PATHS },
    { scope: '  ', admitted: PATHS },
    { scope: 'acme', admitted: ['acme'] },
    { scope: 'acme/*', admitted: ['acme/web'] },
    {
      scope: 'acme/**',
      admitted: ['acme', 'acme/web', 'acme/web/.github', 'acme/archive/old'],
    },
    { scope: 'ACME/Web', admitted: ['acme/web'] },
    {
      scope: 'acme/**,!acme/archive/**',
      admitted: ['acme', 'acme/web', 'acme/web/.github'],
    },
    { scope: '!acme/**', admitted: ['other/tool', 'öl/ü'] },
    { scope: ' other/** , öl/** ', admitted: ['other/tool', 'öl/ü'] },
    { scope: '[ao]*/[tw]*', admitted: ['acme/web', 'other/tool'] },
    { scope: 'acme/w?b', admitted: ['acme/web'] },
    { scope: 'nothing/**', admitted: [] },
  ])('$scope admits $admitted', ({ scope, admitted }) => {
    const { admits } = parseScope(scope);

    expect(PATHS.filter(admits)).toEqual(admitted);
  });

  test.each([
    'acme/**,',
    '/acme',
    'acme//web',
    'acme/[a',
    'acme web',
    'acme/(a',
    '{acme,other}/*',
    '!',
    '!!acme',
    'a\\b',
  ])('refuses %s and names it', (scope) => {
    const parse = (): unknown => parseScope(scope);

    expect(parse).toThrow(expect.objectContaining({ code: 'E_CONFIG' }) as Error);
    expect(parse).toThrow(/^GITLAB_SCOPE: '/);
  });
});
