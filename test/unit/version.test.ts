import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { VERSION } from '../../scripts/commands/main.ts';

test('the command tells the version of package.json', () => {
  const source = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

  expect(JSON.parse(source)).toMatchObject({ version: VERSION });
});
