import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { pageOf } from '../../support/directLoad.ts';
import { normalizeInMemory } from '../../support/inMemory.ts';

const { users } = catalog.users.resources;

/** Literals that `JSON.parse` and the exact reader see differently, or that lie at a border. */
const NUMBERS = [
  ...['0', '-0.0', '1.0', '60', '60.0', '1e2', '1E+2', '1e400', '-1e400', '0.1', '5e-324'],
  ...['9007199254740991', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
  ...['9223372036854775808', '18446744073709551616', '123456789012345678901234567890', '1.5'],
];
const TEXTS = [
  ...[
    '',
    'a',
    '2024-01-11',
    '2024-01-11T10:20:30.123Z',
    '2024-01-11 10:20:30',
    'true',
    '60',
    '1.0',
  ],
  ...['\0', 'x\0y', '\ud800', 'a\udc00b', '🐳', '9223372036854775808', '{"a": 1}', '[1]', 'NaN'],
];
const KEYS = [
  'a',
  'b',
  'fooBar',
  'foo_bar',
  '__proto__',
  'constructor',
  '',
  ' ',
  '🐳',
  'a__b',
  'toString',
];

const number = fc.constantFrom(...NUMBERS);
const scalar = fc.oneof(
  number,
  fc.constantFrom('null', 'true', 'false'),
  fc.constantFrom(...TEXTS).map((text) => JSON.stringify(text)),
  fc.integer().map(String),
  fc.string().map((text) => JSON.stringify(text)),
);

/** JSON texts, because values could not tell `1` from `1.0`. */
const { value: json } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, scalar, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 3 }).map((members) => `[${members.join()}]`),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('value')), {
      maxLength: 4,
      selector: ([key]) => key,
    })
    .map(objectText),
}));

const records = fc.array(
  fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), json), {
    maxLength: 4,
    selector: ([key]) => key,
  }),
  { minLength: 1, maxLength: 5 },
);

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, text]) => `${JSON.stringify(key)}: ${text}`).join()}}`;
}

/** The records as texts, each with a key of its own. */
function withIds(list: readonly (readonly (readonly [string, string])[])[]): readonly string[] {
  return list.map((members, index) => objectText([['id', String(index)], ...members]));
}

const RUNS = { numRuns: 300, seed: 20_261_122 };

describe('a page', () => {
  test('becomes the same rows by the fast and by the exact reading', () => {
    fc.assert(
      fc.property(records, (list) => {
        const pages = [pageOf(`[${withIds(list).join()}]`)];
        const exact = normalizeInMemory(users, pages, { way: 'exact' });

        const usual = normalizeInMemory(users, pages, { schema: exact.schema });
        const grown = normalizeInMemory(users, pages);

        expect(usual.tuples).toEqual(exact.tuples);
        expect(usual.schema).toEqual(exact.schema);
        expect(grown).toEqual(exact);
      }),
      RUNS,
    );
  });

  test('becomes the same rows whichever records it shares with', () => {
    fc.assert(
      fc.property(records, (list) => {
        const texts = withIds(list);
        const together = [pageOf(`[${texts.join()}]`)];
        const apart = texts.map((text) => pageOf(`[${text}]`));
        const { schema } = normalizeInMemory(users, together, { way: 'exact' });

        const one = normalizeInMemory(users, together, { schema });
        const many = normalizeInMemory(users, apart, { schema });

        expect(many).toEqual(one);
      }),
      RUNS,
    );
  });

  test('adds nothing to a schema that has grown for it', () => {
    fc.assert(
      fc.property(records, (list) => {
        const pages = [pageOf(`[${withIds(list).join()}]`)];
        const { schema } = normalizeInMemory(users, pages);

        expect(normalizeInMemory(users, pages, { schema, way: 'exact' }).schema).toBe(schema);
      }),
      RUNS,
    );
  });
});
