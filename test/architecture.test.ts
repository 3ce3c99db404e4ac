import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cycles, forbiddenImports, misplacedFiles } from './support/architecture/imports.ts';
import {
  bannedNames,
  misnamedFiles,
  undocumentedExports,
  unfinishedWork,
} from './support/architecture/names.ts';
import { longFiles, longFunctions } from './support/architecture/sizes.ts';
import { readSources } from './support/architecture/sourceTree.ts';

const ROOT = join(import.meta.dirname, '..');

describe('the program', () => {
  const sources = readSources(ROOT);

  test.each([
    { fact: 'every file is under 250 lines', rule: longFiles },
    { fact: 'every function is under 50 lines', rule: longFunctions },
    { fact: 'every file is in a folder of the design', rule: misplacedFiles },
    { fact: 'no import crosses a border between layers', rule: forbiddenImports },
    { fact: 'no imports form a circle', rule: cycles },
    { fact: 'no name is a banned word', rule: bannedNames },
    { fact: 'every export has a docstring', rule: undocumentedExports },
    { fact: 'every file with one export is named after it', rule: misnamedFiles },
    { fact: 'nothing is left for later', rule: unfinishedWork },
  ])('$fact', ({ rule }) => {
    expect(rule(sources)).toEqual([]);
  });

  test('there is a program', () => {
    expect(sources.length).toBeGreaterThan(50);
  });
});

/** The source files of a tree that is made for one test. */
function sourcesOf(files: Readonly<Record<string, string>>): ReturnType<typeof readSources> {
  const root = mkdtempSync(join(tmpdir(), 'architecture-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const sources = readSources(root);
  rmSync(root, { recursive: true });
  return sources;
}

describe('sizes', () => {
  test('a file of 250 lines is too long, one of 249 is not', () => {
    const sources = sourcesOf({
      'functions/engine/model/long.ts': '//\n'.repeat(250),
      'scripts/short.ts': '//\n'.repeat(249),
    });

    expect(longFiles(sources)).toEqual(['functions/engine/model/long.ts has 250 lines']);
  });

  test.each([
    { name: 'function', open: 'function f() {', close: '}' },
    { name: 'arrow function', open: 'const f = () => {', close: '};' },
    { name: 'method', open: 'const o = { m() {', close: '} };' },
  ])('a $name of 50 lines is too long, one of 49 is not', ({ open, close }) => {
    const sources = sourcesOf({
      'scripts/long.ts': `\n${open}\n${'//\n'.repeat(48)}${close}\n`,
      'scripts/short.ts': `${open}\n${'//\n'.repeat(47)}${close}\n`,
    });

    expect(longFunctions(sources)).toEqual(['scripts/long.ts:2 is a function of 50 lines']);
  });
});

describe('folders', () => {
  test('files outside the design are found', () => {
    const sources = sourcesOf({
      'functions/stray.ts': '',
      'functions/catalog.ts': '',
      'functions/job.ts': '',
      'functions/engine/utils/a.ts': '',
      'functions/engine/b.ts': '',
      'functions/ci/resources.ts': '',
      'functions/webhooks/receive.ts': '',
    });

    expect(misplacedFiles(sources)).toEqual([
      'functions/ci has no index.ts',
      'functions/engine/b.ts is in no folder of the engine',
      'functions/engine/utils/a.ts is in no folder of the engine',
      'functions/stray.ts is not in a folder',
    ]);
  });
});

describe('layers', () => {
  test.each([
    { from: 'functions/engine/model/a.ts', specifier: '../sql/b.ts' },
    { from: 'functions/engine/model/a.ts', specifier: 'node:fs' },
    { from: 'functions/engine/load/a.ts', specifier: '../state/b.ts' },
    { from: 'functions/engine/state/a.ts', specifier: '../load/b.ts' },
    { from: 'functions/engine/plan/a.ts', specifier: '../sql/b.ts' },
    { from: 'functions/engine/extract/a.ts', specifier: '../normalize/b.ts' },
    { from: 'functions/engine/extract/deep/a.ts', specifier: '../../sql/b.ts' },
    { from: 'functions/engine/sql/a.ts', specifier: '../run/b.ts' },
    { from: 'functions/engine/run/a.ts', specifier: '../../ci/resources.ts' },
    { from: 'functions/engine/run/a.ts', specifier: '../../../scripts/b.ts' },
    { from: 'functions/engine/run/a.ts', specifier: 'pg' },
    { from: 'functions/engine/load/a.ts', specifier: 'pg-copy-streams' },
    { from: 'functions/engine/run/a.ts', specifier: 'got' },
    { from: 'functions/engine/alloydb/a.ts', specifier: '../model/b.ts' },
    { from: 'functions/engine/alloydb/a.ts', specifier: 'pg' },
    { from: 'functions/engine/sql/a.ts', specifier: '../alloydb/index.ts' },
    { from: 'functions/engine/run/a.ts', specifier: 'google-auth-library' },
    { from: 'scripts/a.ts', specifier: 'pg' },
    { from: 'functions/ci/resources.ts', specifier: '../engine/run/b.ts' },
    { from: 'functions/ci/index.ts', specifier: '../engine/load/b.ts' },
    { from: 'functions/ci/index.ts', specifier: '../code/index.ts' },
    { from: 'functions/ci/resources.ts', specifier: '../code/resources.ts' },
    { from: 'functions/ci/index.ts', specifier: '../catalog.ts' },
    { from: 'functions/catalog.ts', specifier: './engine/run/b.ts' },
  ])('$from may not import $specifier', ({ from, specifier }) => {
    const sources = sourcesOf({ [from]: `import '${specifier}';` });

    expect(forbiddenImports(sources)).toHaveLength(1);
  });

  test.each([
    { from: 'functions/engine/load/a.ts', specifier: '../model/b.ts' },
    { from: 'functions/engine/load/a.ts', specifier: '../sql/b.ts' },
    { from: 'functions/engine/plan/a.ts', specifier: '../catalog/b.ts' },
    { from: 'functions/engine/run/a.ts', specifier: '../extract/b.ts' },
    { from: 'functions/engine/sql/a.ts', specifier: 'pg' },
    { from: 'functions/engine/extract/a.ts', specifier: 'got' },
    { from: 'functions/engine/alloydb/a.ts', specifier: 'google-auth-library' },
    { from: 'functions/engine/run/a.ts', specifier: '../alloydb/index.ts' },
    { from: 'functions/ci/index.ts', specifier: '../engine/run/b.ts' },
    { from: 'functions/ci/index.ts', specifier: './resources.ts' },
    { from: 'functions/ci/index.ts', specifier: '../projects/resources.ts' },
    { from: 'functions/ci/resources.ts', specifier: '../engine/catalog/b.ts' },
    { from: 'functions/catalog.ts', specifier: './ci/resources.ts' },
    { from: 'scripts/a.ts', specifier: '../functions/catalog.ts' },
    { from: 'test/a.test.ts', specifier: 'pg' },
  ])('$from may import $specifier', ({ from, specifier }) => {
    const sources = sourcesOf({ [from]: `import '${specifier}';` });

    expect(forbiddenImports(sources)).toEqual([]);
  });

  test.each([
    `import type { A } from '../load/b.ts';`,
    `export { A } from '../load/b.ts';`,
    `export type B = import('../load/b.ts').A;`,
    `await import('../load/b.ts');`,
  ])('%s is an import', (text) => {
    expect(forbiddenImports(sourcesOf({ 'functions/engine/sql/a.ts': text }))).toHaveLength(1);
  });

  test('a circle is found, through types too', () => {
    const sources = sourcesOf({
      'scripts/a.ts': `import './b.ts';`,
      'scripts/b.ts': `import type { C } from './c.ts';`,
      'scripts/c.ts': `export { A } from './a.ts';`,
      'scripts/d.ts': `import './a.ts'; import './c.ts';`,
    });

    expect(cycles(sources)).toEqual([
      'scripts/a.ts -> scripts/b.ts -> scripts/c.ts -> scripts/a.ts',
    ]);
  });
});

describe('names', () => {
  test.each([
    ['scripts/jobHelper.ts', ''],
    ['scripts/utils.ts', ''],
    ['scripts/a.ts', 'export const tableInfo = 1;'],
    ['scripts/a.ts', 'export interface RowData {}'],
    ['scripts/a.ts', 'export const LOAD_ITEMS = 1;'],
    ['scripts/a.ts', 'export class PoolManager {}'],
    ['scripts/a.ts', 'export function handleError() {}'],
    ['scripts/a.ts', 'export const processPage = () => 1;'],
    ['scripts/a.ts', 'export type Thing = 1;'],
  ])('%s with %j is a banned name', (path, text) => {
    expect(bannedNames(sourcesOf({ [path]: text }))).toHaveLength(1);
  });

  test.each([
    'export type DataType = 1;',
    'export const dataset = 1;',
    'export interface ServerProcess {}',
    'const data = 1;',
  ])('%s is allowed', (text) => {
    expect(bannedNames(sourcesOf({ 'scripts/a.ts': text }))).toEqual([]);
  });

  test('exports without a docstring are found', () => {
    const sources = sourcesOf({
      'scripts/a.ts': `/** One. */\nexport const one = 1;\n\nexport const two = 2;\n// three\nexport type Three = 3;\nfunction four() {}\n`,
    });

    expect(undocumentedExports(sources)).toEqual([
      'scripts/a.ts exports two without a docstring',
      'scripts/a.ts exports Three without a docstring',
    ]);
  });

  test('a file with one export and another name is found', () => {
    const sources = sourcesOf({
      'scripts/openPool.ts': 'export function openPool() {}',
      'scripts/pool.ts': 'export function openPool() {}',
      'scripts/pools.ts': 'export function openPool() {}',
      'scripts/pair.ts': 'export const a = 1, b = 2;',
      'scripts/timeLimit.ts': 'export const TIME_LIMIT = 1;',
      'scripts/start.ts': 'start();',
    });

    expect(misnamedFiles(sources)).toEqual(['scripts/pools.ts exports only openPool']);
  });

  test.each(['TO' + 'DO', 'FIX' + 'ME'])('a %s is found', (mark) => {
    const sources = sourcesOf({ 'test/a.test.ts': `\n// ${mark}: later\n` });

    expect(unfinishedWork(sources)).toEqual([`test/a.test.ts:2 has a ${mark}`]);
  });
});
