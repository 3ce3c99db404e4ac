import { describe, expect, test } from 'vitest';

import type { JsonValue } from '../../../functions/engine/model/json.ts';
import { shownValue } from '../../../functions/engine/normalize/shownValue.ts';

const secrets = new Set(['import_url', 'value']);

describe('shownValue', () => {
  test.each<{ name: string; value: JsonValue; shown: string }>([
    { name: 'a text', value: 'n/a', shown: '"n/a"' },
    { name: 'an integer', value: 5n, shown: '5' },
    { name: 'a double', value: 5, shown: '5.0' },
    { name: 'an object', value: { a: [1n, null] }, shown: '{"a":[1,null]}' },
    { name: 'NUL', value: 'a\0b', shown: '"ab"' },
    { name: 'a long text', value: 'x'.repeat(200), shown: `"${'x'.repeat(78)}…` },
    {
      name: 'a cut pair',
      value: `${'x'.repeat(77)}😀${'y'.repeat(9)}`,
      shown: `"${'x'.repeat(77)}…`,
    },
    { name: 'a text of just 80 characters', value: 'x'.repeat(78), shown: `"${'x'.repeat(78)}"` },
    { name: 'a pair and what follows', value: '😀'.repeat(60), shown: `"${'😀'.repeat(39)}…` },
    {
      name: 'deep objects',
      value: { a: { a: { a: { a: { a: { a: { a: { a: { a: 1n } } } } } } } } },
      shown: `${'{"a":'.repeat(8)}"…"${'}'.repeat(8)}`,
    },
    { name: 'deep nesting', value: nested(50), shown: `${'['.repeat(8)}"…"${']'.repeat(8)}` },
  ])('writes $name as JSON of at most 80 characters', ({ value, shown }) => {
    expect(shownValue(value, { path: ['field'], secrets })).toBe(shown);
    expect(shown.length).toBeLessThanOrEqual(80);
  });

  test.each([
    { path: ['import_url'] },
    { path: ['value'] },
    { path: ['value__k_abc123'] },
    { path: ['runners_token'] },
    { path: ['ssh', 'private_key'] },
    { path: ['db_password', 'value_of_list'] },
    { path: ['client_secret'] },
    { path: ['aws_access_key'] },
    { path: ['passwd'] },
    { path: ['apikey'] },
  ])('shows nothing of what stands at $path', ({ path }) => {
    expect(shownValue('hunter2', { path, secrets })).toBe('***');
  });

  test.each<{ name: string; value: JsonValue; shown: string }>([
    {
      name: 'a member',
      value: { a: { apiToken: 'x' }, b: 1n },
      shown: '{"a":{"apiToken":"***"},"b":1}',
    },
    { name: 'a declared member', value: [{ importUrl: 'x' }], shown: '[{"importUrl":"***"}]' },
    { name: 'a login', value: 'https://me:pw@host/x', shown: '"https://***@host/x"' },
    { name: 'a parameter', value: '/x?private_token=abc&y=1', shown: '"/x?private_token=***&y=1"' },
    { name: 'a key of a query', value: '/x?a=1&key=abc', shown: '"/x?a=1&key=***"' },
    { name: "one of GitLab's tokens", value: 'is glpat-abcdefgh12345', shown: '"is ***"' },
  ])('masks $name inside a value', ({ value, shown }) => {
    expect(shownValue(value, { path: ['field'], secrets })).toBe(shown);
  });
});

test('a name that goes on behind its tag is no declared secret', () => {
  expect(shownValue('seen', { path: ['value__k_abc 1'], secrets })).toBe('"seen"');
});

test.each<{ name: string; many: (member: JsonValue) => JsonValue }>([
  { name: 'members of a list', many: (member) => Array.from({ length: 41 }, () => member) },
  {
    name: 'keys of an object',
    many: (member) =>
      Object.fromEntries(
        Array.from({ length: 41 }, (_, place) => [`k${place.toString()}`, member]),
      ),
  },
])('no more than 40 $name are looked at', ({ many }) => {
  const seen: number[] = [];
  const member = new Proxy({}, { ownKeys: () => (seen.push(1), []) });

  shownValue(many(member), { path: ['field'], secrets });

  expect(seen).toHaveLength(40);
});

function nested(levels: number): JsonValue {
  let value: JsonValue = 1n;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
