import { join } from 'node:path';

import { expect, test } from 'vitest';

import { importedPath, readSources } from '../../support/architecture/sourceTree.ts';

const sources = new Map(
  readSources(join(import.meta.dirname, '../../..')).map((source) => [source.path, source]),
);

/** Every specifier that a file leads to, through all files of ours. */
function reachable(from: string): ReadonlySet<string> {
  const found = new Set<string>([from]);
  for (const path of found)
    for (const specifier of sources.get(path)?.imports ?? [])
      found.add(importedPath(path, specifier) ?? specifier);
  return found;
}

test('the receiver starts without what talks to GitLab and to the database', () => {
  const found = reachable('functions/webhooks/receive.ts');

  expect(found).toContain('functions/engine/google/publish.ts');
  expect([...found].filter((name) => /^(?:pg|got|p-limit|picomatch)\b/.test(name))).toEqual([]);
  expect([...found].filter((name) => /engine\/(?:sql|extract|load|state)\//.test(name))).toEqual(
    [],
  );
});
