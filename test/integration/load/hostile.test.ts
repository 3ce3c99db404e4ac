import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { type Database, openPool } from '../../../functions/engine/sql/pool.ts';
import { type DirectLoader, openDirectLoader } from '../../support/directLoad.ts';
import { violations } from '../../support/invariants.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { DATASET } from '../../support/run.ts';
import { readStored, type StoredRow, type StoredTables } from '../../support/stored.ts';

const { users } = catalog.users.resources;

let created: TestDatabase;
let database: Database;
let loader: DirectLoader;
let id = 0;

beforeAll(async () => {
  created = await createDatabase();
  database = openPool({ url: created.url, applicationName: 'tests', max: 4 });
  loader = await openDirectLoader(database, { resource: users });
});
afterAll(async () => {
  expect(await violations(database)).toEqual([]);
  await database.close();
  await created.drop();
});

interface Found {
  readonly tables: StoredTables;
  readonly row: StoredRow;
}

/** Loads one record with these members and reads what was stored. */
async function stored(members: string): Promise<Found> {
  id += 1;
  await loader.load([`[{"id": ${String(id)}${members === '' ? '' : `, ${members}`}}]`]);
  const tables = await readStored(database, DATASET);
  const row = tables.get('api_entities_user')?.rows.find((one) => one['id'] === String(id));
  if (row === undefined) throw new Error('the record has no row');
  return { tables, row };
}

const LONG = 'k'.repeat(35);

const KEYS: readonly { readonly name: string; readonly key: string; readonly column: RegExp }[] = [
  { name: 'toString', key: 'toString', column: /^to_string$/ },
  { name: 'a blank key', key: '   ', column: /^_+x*$|^x+$|^_empty$/ },
  { name: 'Hebrew and a family of joined emoji', key: 'שלום 👨‍👩‍👧', column: /^[\w]+$/ },
  { name: '__proto__', key: '__proto__', column: /^protoxx$|^xx?proto|proto/ },
  { name: 'constructor', key: 'constructor', column: /^constructor$/ },
  { name: 'hasOwnProperty', key: 'hasOwnProperty', column: /^has_own_property$/ },
  { name: 'the empty key', key: '', column: /^_empty$/ },
  { name: 'a key of 70 bytes', key: LONG + LONG, column: /^k{20,}.{6}k{20,}$/ },
  { name: 'an emoji', key: '🐳 whale', column: /^_whale$|whale/ },
  { name: 'a NUL in a key', key: 'a\u0000b', column: /^a_b$/ },
  { name: 'a lone surrogate in a key', key: 'c\ud800d', column: /^c_d$/ },
  { name: 'quotes and SQL', key: '"; drop table x; --', column: /drop_table/ },
];

describe('a hostile key', () => {
  test.each(KEYS)('$name gets a column of its own', async ({ key, column }) => {
    const { row } = await stored(`${JSON.stringify(key)}: "value of ${String(key.length)}"`);

    const columns = Object.entries(row).filter(([, value]) => value?.startsWith('value of '));
    expect(columns).toHaveLength(1);
    expect(columns[0]?.[0]).toMatch(column);
    expect(Buffer.byteLength(columns[0]?.[0] ?? '')).toBeLessThanOrEqual(63);
  });

  test('of 70 bytes has a column beside another that differs in the middle', async () => {
    const [left, right] = ['a', 'b'].map((middle) => `${LONG}${middle}${LONG}`);

    const { row } = await stored(`"${String(left)}": "left", "${String(right)}": "right"`);

    const columns = Object.entries(row).filter(([name]) => name.startsWith('kkkkkkkkkk'));
    const values = columns.map(([, value]) => value).filter((value) => value !== null);
    expect(values.toSorted()).toEqual(['left', 'right']);
    expect(columns.every(([name]) => Buffer.byteLength(name) <= 63)).toBe(true);
  });

  test('inside a nested object and a list is stored too', async () => {
    const { tables, row } = await stored('"nest": {"__proto__": 5}, "list": [{"constructor": 6}]');

    expect(Object.values(row)).toContain('5');
    const members = tables.get('api_entities_user__list')?.byParent.get(row['_dlt_id'] ?? '');
    expect(members?.map((member) => member['constructor'])).toEqual(['6']);
  });
});

const VALUES: readonly {
  readonly name: string;
  readonly json: string;
  readonly column?: string;
  readonly expected: string | null;
}[] = [
  { name: '2^63 - 1', json: '9223372036854775807', expected: '9223372036854775807' },
  { name: '-2^63', json: '-9223372036854775808', expected: '-9223372036854775808' },
  {
    name: '2^64 beside integers',
    json: '18446744073709551616',
    column: 'number__v_decimal',
    expected: '18446744073709551616',
  },
  { name: '2^53 + 1', json: '9007199254740993', expected: '9007199254740993' },
  {
    name: '2^63 in a column of its own',
    json: '1, "large": 9223372036854775808',
    column: 'large',
    expected: '9223372036854775808',
  },
  { name: '1e400, as dlt', json: '1e400', expected: null },
  { name: 'the integer -0', json: '-0', expected: '0' },
];

describe('a hostile number', () => {
  beforeAll(() => stored('"number": 1'));

  test.each(VALUES)('$name is stored in full', async ({ json, column = 'number', expected }) => {
    const { row } = await stored(`"number": ${json}`);

    expect(row[column]).toBe(expected);
  });

  test('-0.0 keeps its sign in a column of doubles', async () => {
    await stored('"ratio": 0.5');

    expect((await stored('"ratio": -0.0')).row['ratio']).toBe('-0');
  });

  test('of thirty digits is stored in full in jsonb', async () => {
    const deep = '{"a": {"b": {"c": {"d": 123456789012345678901234567890}}}}';

    const { row } = await stored(`"deep": ${deep}`);

    expect(Object.values(row).join()).toContain('123456789012345678901234567890');
  });
});

describe('a hostile text', () => {
  test.each([
    { name: 'NUL is dropped', json: '"a\\u0000b"', expected: 'ab' },
    { name: 'a lone surrogate becomes U+FFFD', json: '"a\\ud800b"', expected: 'a\ufffdb' },
    { name: 'a pair of surrogates stays', json: '"\\ud83d\\udc33"', expected: '🐳' },
    { name: 'quotes and backslashes stay', json: '"\'\\"\\\\N"', expected: '\'"\\N' },
    { name: 'what ends COPY stays', json: '"\\\\.\\n"', expected: '\\.\n' },
  ])('$name', async ({ json, expected }) => {
    expect((await stored(`"words": ${json}`)).row['words']).toBe(expected);
  });

  test('NUL and lone surrogates in jsonb are cleaned alike', async () => {
    const { row } = await stored('"m": {"n": {"o": {"p\\u0000": "q\\u0000r\\udfff"}}}');

    expect(Object.values(row)).toContain('{"p": "qr\ufffd"}');
  });

  test('of a megabyte is stored in full', async () => {
    const { row } = await stored(`"words": "${'x'.repeat(1 << 20)}"`);

    expect(row['words']).toHaveLength(1 << 20);
  });
});

describe('a hostile depth', () => {
  test('of a thousand lists is stored as jsonb', async () => {
    const { tables, row } = await stored(`"lists": ${'['.repeat(1_000)}1${']'.repeat(1_000)}`);

    const members = tables.get('api_entities_user__lists')?.byParent.get(row['_dlt_id'] ?? '');
    expect(members).toHaveLength(1);
  });

  test('of a thousand objects is stored as jsonb', async () => {
    const { row } = await stored(`"objects": ${'{"o":'.repeat(1_000)}1${'}'.repeat(1_000)}`);

    const texts = Object.values(row).filter((value) => value?.startsWith('{"o": {"o"'));
    expect(texts).toHaveLength(1);
  });
});

describe('hostile JSON', () => {
  test('with a key twice keeps the last value, as every reader of JSON', async () => {
    expect((await stored('"twice": "first", "twice": "last"')).row['twice']).toBe('last');
  });

  test('in texts keeps signs that change the direction, and joined emoji', async () => {
    const words = 'a\u202Eb\u2066c\u2069 👨\u200d👩\u200d👧';

    expect((await stored(`"words": ${JSON.stringify(words)}`)).row['words']).toBe(words);
  });

  test('that was no UTF-8 has U+FFFD in place of the bytes', async () => {
    const bytes = Buffer.from([0x22, 0x61, 0xff, 0xc3, 0x62, 0x22]);

    const { row } = await stored(`"words": ${bytes.toString('utf8')}`);

    expect(row['words']).toBe('a\ufffd\ufffdb');
  });

  test('keeps a byte order mark inside a text', async () => {
    expect((await stored('"words": "\ufeffa"')).row['words']).toBe('\ufeffa');
  });
});
