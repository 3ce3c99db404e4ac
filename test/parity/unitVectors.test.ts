import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../functions/engine/model/json.ts';
import { DATA_TYPES, type DataType } from '../../functions/engine/model/schema.ts';
import { coerce, IMPOSSIBLE } from '../../functions/engine/normalize/coerce.ts';
import { readExact, writeExact } from '../../functions/engine/normalize/exactJson.ts';
import { valueKind } from '../../functions/engine/normalize/infer.ts';
import {
  EMPTY_KEY,
  normalizeIdentifier,
  normalizePath,
  shortenFragments,
} from '../../functions/engine/normalize/naming.ts';
import { childId, keyId } from '../../functions/engine/normalize/rowId.ts';
import {
  coerceToMicros,
  isTimestamp,
  MICROS_TO_2000,
  timestampMicros,
  writeTimestamp,
} from '../../functions/engine/normalize/timestamp.ts';

const folder = path.resolve(process.cwd(), '../shared/golden/dlt/unit');

function vectors(name: string): readonly JsonObject[] {
  return readFileSync(path.join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => readExact(line))
    .filter(isJsonObject);
}

function text(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError('A vector without a text.');
  return value;
}

function texts(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError('A vector without a list.');
  return value.map((member: JsonValue) => text(member));
}

/** Microseconds since 1970 of what Python's `isoformat` printed. */
function micros(iso: string): bigint {
  const result = timestampMicros(iso);
  if (result === undefined) throw new TypeError(`'${iso}' is no instant.`);
  return result;
}

/** The vectors of which ours differ from dlt's, as `what -> ours`. */
function differences(
  name: string,
  compare: (vector: JsonObject) => readonly [ours: unknown, theirs: unknown],
): readonly string[] {
  return vectors(name).flatMap((vector) => {
    const [ours, theirs] = compare(vector);
    return Object.is(ours, theirs) ? [] : [`${writeExact(vector)} -> ${String(ours)}`];
  });
}

const describeVectors = describe.skipIf(!existsSync(folder));

describeVectors("names of dlt's vectors", () => {
  test('names every identifier; blank ones, on which dlt fails, are `_empty`', () => {
    const found = differences('naming', ({ in: name, identifier }) => [
      normalizeIdentifier(text(name)),
      typeof identifier === 'string' ? identifier : EMPTY_KEY,
    ]);

    expect(found).toEqual([]);
  });

  test.each(['path', 'tables_path'])('names every %s', (kind) => {
    const found = differences('naming', (vector) => [
      normalizePath(text(vector['in'])),
      vector[kind],
    ]);

    expect(found).toEqual([]);
  });

  test('joins and shortens fragments', () => {
    const found = differences('naming_fragments', ({ in: fragments, out }) => [
      shortenFragments(texts(fragments)),
      out,
    ]);

    expect(found).toEqual([]);
  });
});

describeVectors("timestamps of dlt's vectors", () => {
  test('takes the same texts for timestamps, except those on which dlt then fails', () => {
    const storable = ({
      detected_timestamp: detected,
      coerced_to_timestamp: coerced,
    }: JsonObject) => detected === true && typeof coerced === 'string';
    const found = differences('timestamps', (vector) => [
      isTimestamp(text(vector['in'])),
      storable(vector),
    ]);
    const refused = vectors('timestamps').filter(
      (vector) => vector['detected_timestamp'] === true && !storable(vector),
    );

    expect(found).toEqual([]);
    expect(refused).toHaveLength(36);
  });

  test('reads every text in a timestamp column as the same instant', () => {
    const found = differences('timestamps', ({ in: input, coerced_to_timestamp: coerced }) => [
      coerceToMicros(text(input)),
      typeof coerced === 'string' ? micros(coerced) : undefined,
    ]);

    expect(found).toEqual([]);
  });

  test('writes every timestamp as the same eight bytes that its microseconds give', () => {
    const found = differences('timestamps', ({ in: input }) => {
      const bytes = Buffer.alloc(8);
      const expected = timestampMicros(text(input));
      const isWritten = writeTimestamp(text(input), bytes, 0);
      return [isWritten ? bytes.readBigInt64BE() + MICROS_TO_2000 : undefined, expected];
    });

    expect(found).toEqual([]);
  });
});

describeVectors("values and ids of dlt's vectors", () => {
  test('coerces every one of 197 values; only a double beyond 64 bits in a bigint column differs', () => {
    const known: ReadonlySet<JsonValue | undefined> = new Set(DATA_TYPES);
    const found = differences('coerce', ({ to, value, result }) => [
      known.has(to) ? outcome(value ?? null, to as DataType) : 'left out',
      expected(result ?? null),
    ]);

    expect(found).toEqual([
      '{"to":"bigint","from":"double","value":1e+20,"result":100000000000000000000,"sql_literal":"100000000000000000000"} -> error',
    ]);
  });

  test('names the kind of every value as dlt does', () => {
    const found = differences('coerce', ({ from, value }) => [valueKind(value ?? null), from]);

    expect(found).toEqual([]);
  });

  test('gives every row and every child row the same id', () => {
    const found = differences('hashes', (vector) => [rowIdOf(vector), vector['dlt_id']]);

    expect(found).toEqual([]);
  });
});

function rowIdOf({ nested, key_hash: key, subset }: JsonObject): string {
  if (isJsonObject(nested)) {
    return childId(text(nested['parent']), text(nested['table']), Number(nested['idx']));
  }
  if (!isJsonObject(key)) throw new TypeError('A vector without a key.');
  return keyId(Object.fromEntries(texts(subset).map((name) => [name, key[name] ?? null])));
}

/** Our coercion in the spelling of the vectors' results. */
function outcome(value: JsonValue, to: DataType): string {
  const result = coerce(value, to);
  if (result === IMPOSSIBLE) return 'error';
  return to === 'timestamp' && typeof result === 'bigint'
    ? `instant ${String(result)}`
    : writeExact(result);
}

/** A vector's result: a value, or an object for an error, a float or an instant. */
function expected(result: JsonValue): string {
  if (!isJsonObject(result)) return writeExact(result);
  if ('error' in result) return 'error';
  if ('float' in result) return writeExact(Number(result['float']));
  if (!('iso' in result)) return writeExact(result);
  return `instant ${String(coerceToMicros(text(result['iso'])))}`;
}
