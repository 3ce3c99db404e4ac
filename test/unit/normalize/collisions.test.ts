import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../functions/engine/model/json.ts';
import { type Collision, toldApart } from '../../../functions/engine/normalize/collisions.ts';
import { timeId } from '../../../functions/engine/normalize/rowId.ts';
import { rootShape } from '../../../functions/engine/normalize/shape.ts';

function columnsOf(row: JsonObject): { columns: Record<string, unknown>; told: Collision[] } {
  const told: Collision[] = [];
  const placed = toldApart(row, rootShape('items', 2), {
    typeOf: () => undefined,
    collided: (collision) => told.push(collision),
  });
  return {
    columns: Object.fromEntries(placed.map(({ field, value }) => [field.column, value])),
    told,
  };
}

describe('toldApart', () => {
  test('the key that is spelt like the column keeps it, whatever the order', () => {
    const one = columnsOf({ fooBar: 1n, foo_bar: 2n, FooBar: 3n });
    const other = columnsOf({ FooBar: 3n, foo_bar: 2n, fooBar: 1n });

    expect(one.columns).toEqual(other.columns);
    expect(one.columns['foo_bar']).toBe(2n);
    expect(Object.values(one.columns).toSorted()).toEqual([1n, 2n, 3n]);
    expect(one.told).toHaveLength(2);
  });

  test('a value inside an object is told apart from a key that spells its path', () => {
    const { columns } = columnsOf({ a: { b: 1n }, a__b: 2n });

    expect(columns['a__b']).toBe(2n);
    expect(Object.values(columns)).toContain(1n);
  });

  test('a key whose namesake is null keeps the column', () => {
    const { columns, told } = columnsOf({ fooBar: 1n, foo_bar: null });

    expect(columns).toEqual({ foo_bar: 1n });
    expect(told).toEqual([]);
  });
});

describe('timeId', () => {
  test('grows with the row and with the load', () => {
    const first = timeId('1795359117.422290', 1);

    expect(first).toMatch(/^[0-9a-v]{14}$/);
    expect(timeId('1795359117.422290', 2) > first).toBe(true);
    expect(timeId('1795359117.422291', 1) > timeId('1795359117.422290', 999_999)).toBe(true);
  });
});
