import { createHash } from 'node:crypto';

import { isBlank, strip } from './pythonText.ts';

/** PostgreSQL cuts names after 63 bytes; dlt shortens them before. */
export const MAX_IDENTIFIER_LENGTH = 63;

/** The name of keys that are empty or blank. */
export const EMPTY_KEY = '_empty';

const PATH_SEPARATOR = '__';
const TAG_BYTES = 4;

const ALREADY_NORMAL = /^_?[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const REDUCED: Readonly<Record<string, string>> = {
  '+': 'x',
  '*': 'x',
  '-': '_',
  '@': 'a',
  '|': 'l',
};

/** Six characters that tell names apart which would be equal without them. */
export function tagOf(original: string): string {
  return createHash('shake128', { outputLength: TAG_BYTES })
    .update(original)
    .digest('base64')
    .replaceAll('=', '')
    .replaceAll('/', 'a')
    .replaceAll('+', 'b')
    .toLowerCase();
}

/** Cuts the middle of a long name and puts a tag of `original` there. Lengths count code points. */
function shorten(name: string, original: string, maxLength: number): string {
  const codePoints = Array.from(name);
  if (codePoints.length <= maxLength) return name;
  const tag = tagOf(original);
  const kept = maxLength - tag.length;
  const head = codePoints.slice(0, Math.ceil(kept / 2)).join('');
  const tail = codePoints.slice(codePoints.length - Math.floor(kept / 2)).join('');
  return head + tag + tail;
}

function withTrailingX(name: string): string {
  let end = name.length;
  while (name.charCodeAt(end - 1) === 0x5f) end -= 1;
  return name.slice(0, end) + 'x'.repeat(name.length - end);
}

function toSnakeCase(name: string): string {
  const words = name
    .replace(/([^_])([A-Z][a-z]+)/gu, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const led = /^\p{Nd}/u.test(words) ? `_${words}` : words;
  return withTrailingX(led).replace(/__+/g, '_');
}

/**
 * dlt's snake_case name of one identifier: `fooBar` -> `foo_bar`. A blank text, on which dlt fails, gives `_empty`.
 * Takes time linear in the text.
 */
export function normalizeIdentifier(text: string, maxLength = MAX_IDENTIFIER_LENGTH): string {
  const identifier = strip(text);
  if (identifier === '') return EMPTY_KEY;
  if (identifier.length <= maxLength && ALREADY_NORMAL.test(identifier)) return identifier;
  const reduced = identifier
    .replace(/[+*\-@|]/g, (character) => REDUCED[character] ?? character)
    .replace(/[^a-zA-Z\p{Nd}_]+/gu, '_');
  return shorten(toSnakeCase(reduced), identifier, maxLength);
}

/** Normalizes each part between `__` and keeps the separators; `''` when every part is blank. */
export function normalizePath(text: string): string {
  const parts = text.split(PATH_SEPARATOR).filter((part) => !isBlank(part));
  const path = parts.map((part) => normalizeIdentifier(part)).join(PATH_SEPARATOR);
  return shorten(path, text, MAX_IDENTIFIER_LENGTH);
}

/**
 * The column name of a JSON key. Blank keys are `_empty` as in dlt. A key of separators only (`__`), which dlt turns
 * into a column without a name, is named as one identifier (`xx`).
 */
export function normalizeKey(key: string): string {
  if (key.length <= MAX_IDENTIFIER_LENGTH && ALREADY_NORMAL.test(key)) return key;
  return normalizePath(key) || normalizeIdentifier(key);
}

/** Joins normalized names with `__` and shortens the whole; blank fragments are left out. */
export function shortenFragments(fragments: readonly string[]): string {
  const path = fragments.filter((fragment) => !isBlank(fragment)).join(PATH_SEPARATOR);
  return shorten(path, path, MAX_IDENTIFIER_LENGTH);
}
