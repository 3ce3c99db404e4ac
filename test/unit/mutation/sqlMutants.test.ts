import { describe, expect, test } from 'vitest';

import { sqlMutants } from '../../../scripts/mutation/sqlMutants.ts';

describe('sqlMutants', () => {
  test('change one condition at a time', () => {
    const source = 'const text = sql`select from a\n where x = ${y} and z`;';

    expect(sqlMutants(source)).toEqual([
      { line: 2, change: 'where -> where true or', text: source.replace('where', 'where true or') },
      {
        line: 2,
        change: 'where -> where false and',
        text: source.replace('where', 'where false and'),
      },
      { line: 2, change: '= -> <>', text: source.replace('x = ', 'x <> ') },
      { line: 2, change: 'and -> or', text: source.replace('and', 'or') },
    ]);
  });

  test('leave alone what is not SQL', () => {
    expect(sqlMutants('const where = true && `where x = ${y}`; // where')).toEqual([]);
  });
});
