import { basename } from 'node:path';

import ts from 'typescript';

import { type Export, exportsOf, type Source } from './sourceTree.ts';

const BANNED = new Set(['data', 'info', 'manager', 'helper', 'util', 'item', 'thing', 'misc']);
const BANNED_VERBS = new Set(['handle', 'process']);

/** dlt's word for the type of a column, and Google's name of a service. */
const ALLOWED = /data_?types?|secret_?managers?/gi;

/** File names and exported names that say nothing. */
export function bannedNames(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const file = isBanned(stem(source.path)) ? [`${source.path} is a banned name`] : [];
    const names = exportsOf(source)
      .filter(
        ({ name, kind }) => isBanned(name) || (kind === 'function' && startsWithBannedVerb(name)),
      )
      .map(({ name }) => `${source.path} exports the banned name ${name}`);
    return [...file, ...names];
  });
}

/** Exported declarations without a docstring. */
export function undocumentedExports(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => !path.endsWith('.d.ts'))
    .flatMap((source) =>
      exportsOf(source)
        .filter(({ node }) => ts.getJSDocCommentsAndTags(node).length === 0)
        .map(({ name }) => `${source.path} exports ${name} without a docstring`),
    );
}

/** Files with exactly one export whose name is no part of it: `pages.ts` may hold `readPages`. */
export function misnamedFiles(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const [only, ...others] = exportsOf(source);
    if (only === undefined || others.length > 0 || isNamedOtherwise(source.path)) return [];
    return bears(source.path, only) ? [] : [`${source.path} exports only ${only.name}`];
  });
}

/** Promises to finish something later. */
export function unfinishedWork(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const mark = /\b(?:TO[D]O|FIX[M]E)\b/.exec(line)?.[0];
      return mark === undefined ? [] : [`${path}:${(index + 1).toString()} has a ${mark}`];
    }),
  );
}

/** The tools decide the names of these. */
function isNamedOtherwise(path: string): boolean {
  return /(?:\.test|\.test-d|\.d|\.config|\/index|\/resources|\/globalSetup)\.ts$/.test(path);
}

function bears(path: string, { name }: Export): boolean {
  return ` ${words(name).join(' ')} `.includes(` ${words(stem(path)).join(' ')} `);
}

function stem(path: string): string {
  return basename(path).replace(/(?:\.test|\.test-d|\.d)?\.ts$/, '');
}

function isBanned(name: string): boolean {
  return words(name.replace(ALLOWED, '')).some(
    (word) => BANNED.has(word) || BANNED.has(word.replace(/s$/, '')),
  );
}

function startsWithBannedVerb(name: string): boolean {
  return BANNED_VERBS.has(words(name)[0] ?? '');
}

function words(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[ _-]+/)
    .map((word) => word.toLowerCase());
}
