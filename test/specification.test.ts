import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'functions/engine/SPEC.md'), 'utf8');

/** A test that the page names for one of its ids. */
interface NamedTest {
  readonly id: string;
  readonly file: string;
  readonly title: string;
}

/** The ids that begin a row of the page's tables. */
const IDS = [...PAGE.matchAll(/^\| ([GIT]\d+|GL\d\.\d+) +\|/gm)].map(([, id = '']) => id);

/** Below the name of each file, the ids with the title of their test. */
const NAMED: readonly NamedTest[] = PAGE.split(/^(?=`test\/)/m).flatMap((part) => {
  const file = /^`(test\/.+\.test\.ts)`$/m.exec(part)?.[1];
  const list =
    file === undefined ? [] : part.matchAll(/^- ((?:(?:[GIT]\d+|GL\d\.\d+)(?:, )?)+): (.+)$/gm);
  return [...list].flatMap(([, ids = '', title = '']) =>
    ids.split(', ').map((id) => ({ id, file: file ?? '', title })),
  );
});

/** Why the page is wrong about a test; undefined when the test is there and carries the id. */
function complaint({ id, file, title }: NamedTest): string | undefined {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const place = lines.findIndex((line) => line.includes(title));
  if (place === -1) return `${file} has no test '${title}'`;
  const begin = lines.findLastIndex((line, index) => index <= place && /^\s*test\b[.(]/.test(line));
  const words = [title, commentAt(lines, begin - 1), commentAt(lines, place - 1)].join(' ');
  return new RegExp(`\\b${id.replaceAll('.', String.raw`\.`)}\\b(?!\\.)`).test(words)
    ? undefined
    : `'${title}' does not carry ${id}`;
}

/** Stands above a test, or above one of the lines that a test is made from. */
function commentAt(lines: readonly string[], place: number): string {
  const line = lines[place]?.trim() ?? '';
  return line.startsWith('// ') ? line : '';
}

describe('SPEC.md', () => {
  test('names a test for each promise, invariant, transition and habit of GitLab', () => {
    const named = new Set(NAMED.map(({ id }) => id));

    expect(IDS.filter((id) => !named.has(id))).toEqual([]);
    expect(new Set(IDS).size).toBe(IDS.length);
    expect(IDS.length).toBeGreaterThan(75);
  });

  test('names tests that exist and carry the id', () => {
    expect(NAMED.map(complaint).filter((found) => found !== undefined)).toEqual([]);
  });

  test('has every invariant that is checked', () => {
    const engine = join(ROOT, 'functions/engine');
    const files = readdirSync(engine, { recursive: true, encoding: 'utf8' });
    const texts = files
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(engine, name), 'utf8'));
    const checked = texts.flatMap((text) =>
      [...text.matchAll(/invariant: '(I\d+)'/g)].map(([, id]) => id),
    );

    expect(checked.length).toBeGreaterThan(15);
    expect(checked.filter((id) => !IDS.includes(id ?? ''))).toEqual([]);
  });
});
