import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { readExact } from '../../../functions/engine/normalize/exactJson.ts';
import { flattenRecord } from '../../../functions/engine/normalize/flatten.ts';
import { rootShape } from '../../../functions/engine/normalize/shape.ts';

/** The places that values of a record take, with the table first. */
function placesOf(json: string, nesting: number | undefined): readonly string[] {
  const places: string[] = [];
  flattenRecord(readExact(json) as JsonObject, {
    shape: rootShape('items', nesting),
    columns: {},
    names: 'apart',
    sink: {
      typeOf: () => undefined,
      beginRow: () => 'take',
      place: ({ table }, { column }, value) => {
        places.push(`${table}.${column}${typeof value === 'object' ? ' whole' : ''}`);
      },
      endRow: () => 'id',
    },
  });
  return places;
}

test('a list costs one level, however deep in its row it stands', () => {
  expect(placesOf('{"a":{"b":[{"c":{"d":1}}]}}', 3)).toEqual(['items__a__b.c__d']);
});

describe('a list inside a list', () => {
  test.each([
    { nesting: 1, json: '{"m":[[1]]}', places: ['items__m.list whole'] },
    { nesting: 2, json: '{"m":[[1]]}', places: ['items__m.list whole'] },
    { nesting: 3, json: '{"m":[[1]]}', places: ['items__m__list.value'] },
    { nesting: 2, json: '{"m":[{"list":[1]}]}', places: ['items__m__list.value'] },
    { nesting: undefined, json: '{"m":[[[1]]]}', places: ['items__m__list__list.value'] },
  ])('costs one more level: $json at $nesting', ({ nesting, json, places }) => {
    expect(placesOf(json, nesting)).toEqual(places);
  });
});
