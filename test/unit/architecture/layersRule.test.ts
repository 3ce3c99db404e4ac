import { Linter } from 'eslint';
import { describe, expect, test } from 'vitest';

import { layersRule } from '../../support/architecture/layersRule.ts';

/** What the rule says about a line of a file. */
function complaints(filename: string, code: string): readonly string[] {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    plugins: { layers: { rules: { borders: layersRule } } },
    rules: { 'layers/borders': 'error' },
  };
  return new Linter().verify(code, config, { filename }).map(({ message }) => message);
}

describe('layersRule', () => {
  test.each([
    `import { a } from '../state/b.ts';`,
    `export { a } from '../state/b.ts';`,
    `export * from '../state/b.ts';`,
    `await import('../state/b.ts');`,
  ])('complains about %s in another stage', (code) => {
    expect(complaints('functions/engine/load/a.ts', code)).toEqual([
      'engine/load imports engine/model and engine/sql only.',
    ]);
  });

  test('complains about a package that another stage hides', () => {
    expect(complaints('functions/engine/load/a.ts', `import pg from 'pg';`)).toEqual([
      'only engine/sql imports pg.',
    ]);
  });

  test('is silent about what the design allows', () => {
    expect(complaints('functions/engine/load/a.ts', `import { a } from '../sql/b.ts';`)).toEqual(
      [],
    );
  });
});
