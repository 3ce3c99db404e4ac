import type { JsonValue } from '../model/json.ts';

/** How many numbers of a column are null, as in dlt, because no double can hold them. */
export interface BeyondDoubles {
  readonly table: string;
  readonly column: string;
  readonly count: number;
}

/** Whether an exactly read value stands for a number beyond the range of doubles. */
export function isBeyondDouble(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

/** How many such numbers a value holds. Depth does not matter. */
export function countBeyondDouble(value: JsonValue): number {
  const waiting: JsonValue[] = [value];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isBeyondDouble(next)) count += 1;
    else if (typeof next === 'object' && next !== null)
      for (const member of Object.values<JsonValue>(next)) waiting.push(member);
  }
  return count;
}

/** Adds up by table and column. */
export function addedUp(all: readonly BeyondDoubles[]): readonly BeyondDoubles[] {
  const sums = new Map<string, BeyondDoubles>();
  for (const one of all) {
    const name = JSON.stringify([one.table, one.column]);
    sums.set(name, { ...one, count: one.count + (sums.get(name)?.count ?? 0) });
  }
  return [...sums.values()];
}
