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
    { name: "one of GitLab's tokens", value: 'is glpat-abcdefgh12345', shown: '"is ***"' },
  ])('masks $name inside a value', ({ value, shown }) => {
    expect(shownValue(value, { path: ['field'], secrets })).toBe(shown);
  });
});

function nested(levels: number): JsonValue {
  let value: JsonValue = 1n;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
