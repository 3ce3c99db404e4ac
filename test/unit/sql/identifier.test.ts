import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { identifier, qualified } from '../../../functions/engine/sql/identifier.ts';
import { joined, literal, sql } from '../../../functions/engine/sql/sql.ts';

describe('identifier', () => {
  test.each([
    { name: 'issue', expected: '"issue"' },
    { name: 'Order', expected: '"Order"' },
    { name: 'a"b', expected: '"a""b"' },
    { name: 'x; drop table y', expected: '"x; drop table y"' },
  ])('quotes $name', ({ name, expected }) => {
    expect(identifier(name)).toBe(expected);
  });

  test.each(['', 'a\0b', 'x'.repeat(64), 'ü'.repeat(32)])('refuses %j', (name) => {
    expect(() => identifier(name)).toThrow();
  });

  test('no name ends its own quotes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 15 }), (name) => {
        fc.pre(!name.includes('\0') && Buffer.byteLength(name) <= 63);
        const quoted = identifier(name);

        expect(quoted.slice(1, -1).replaceAll('""', '')).not.toContain('"');
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name);
      }),
    );
  });
});

describe('qualified', () => {
  test('quotes both names', () => {
    expect(qualified('gitlab_data', 'api_entities_job')).toBe('"gitlab_data"."api_entities_job"');
  });
});

describe('sql', () => {
  test('puts names and other text in their places', () => {
    const columns = joined([identifier('a'), identifier('b')]);

    expect(sql`select ${columns} from ${identifier('t')}`).toBe('select "a", "b" from "t"');
  });

  test('reads escapes as any template does', () => {
    expect(sql`select '\\d';\n`).toBe("select '\\d';\n");
  });

  test('takes no plain string', () => {
    // @ts-expect-error a plain string is neither a name nor SQL text
    expect(sql`select ${'1; drop table t'}`).toBeDefined();
  });
});

describe('literal', () => {
  test.each([
    { value: `it's`, expected: `'it''s'` },
    { value: 'a\\b', expected: ` E'a\\\\b'` },
  ])('quotes $value', ({ value, expected }) => {
    expect(literal(value)).toBe(expected);
  });
});
