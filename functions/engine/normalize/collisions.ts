import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { type BeyondDoubles, countBeyondDouble, isBeyondDouble } from './beyondDouble.ts';
import { keysInOrder } from './keyOrder.ts';
import {
  apartField,
  type Field,
  fieldOf,
  type Members,
  type TableShape,
  type TypeOf,
} from './shape.ts';

/** A key that got another column than its name says, because another key of the same row has that name. */
export interface Collision {
  readonly table: string;
  /** The name that both have. */
  readonly column: string;
  /** The column that the value went to. */
  readonly given: string;
}

/** A value that stands in a row itself: a scalar, what stays whole, or a list. */
interface Placement {
  readonly field: Field;
  readonly value: JsonValue;
  readonly members: Members;
  readonly keys: readonly string[];
}

interface Apart {
  readonly typeOf: TypeOf;
  readonly lostDigits?: (found: BeyondDoubles) => void;
  readonly collided?: (collision: Collision) => void;
}

/**
 * The values of one row in dlt's order. Where keys have the same name, the one that is spelt like the column keeps it,
 * else the first in the order of their spelling; each other one gets a column of its own, with a tag of its spelling.
 * It depends on the row alone, so that neither order nor pages change it.
 */
export function toldApart(
  row: JsonObject,
  shape: TableShape,
  apart: Apart,
): readonly Pick<Placement, 'field' | 'value'>[] {
  const placements = placementsOf(row, shape, apart);
  const seen = new Set(placements.map(nameOf));
  if (seen.size === placements.length) return placements;
  const owners = new Map<string, Placement>();
  for (const placement of placements) {
    const name = nameOf(placement);
    const owner = owners.get(name);
    if (owner === undefined || comesBefore(placement, owner)) owners.set(name, placement);
  }
  return placements.map((placement) => {
    if (owners.get(nameOf(placement)) === placement) return placement;
    const { members, keys, value, field } = placement;
    const given = apartField(members, keys);
    apart.collided?.({ table: shape.table, column: field.column, given: given.column });
    return { field: given, value };
  });
}

/** Lists become tables, so they take no column from anything else. */
function nameOf({ field, value }: Placement): string {
  return Array.isArray(value) && !field.whole ? `list ${field.column}` : field.column;
}

function comesBefore(left: Placement, right: Placement): boolean {
  if (isSpeltAsNamed(left) !== isSpeltAsNamed(right)) return isSpeltAsNamed(left);
  return JSON.stringify(left.keys) < JSON.stringify(right.keys);
}

function isSpeltAsNamed({ keys, field }: Placement): boolean {
  return keys.length === 1 && keys[0] === field.column;
}

interface Pending {
  readonly object: JsonObject;
  readonly members: Members;
  readonly keys: readonly string[];
}

function placementsOf(
  row: JsonObject,
  shape: TableShape,
  { typeOf, lostDigits }: Apart,
): readonly Placement[] {
  const placements: Placement[] = [];
  const objects: Pending[] = [{ object: row, members: shape.members, keys: [] }];
  for (let next = objects.pop(); next !== undefined; next = objects.pop()) {
    const { object, members, keys: above } = next;
    for (const key of keysInOrder(object)) {
      const value = object[key];
      if (value === null || value === undefined) continue;
      const field = fieldOf(shape, members, key, typeOf);
      const keys = [...above, key];
      if (isJsonObject(value) && !field.whole) {
        objects.push({ object: value, members: field.members, keys });
      } else if (isStored(field, value)) {
        placements.push({ field, value, members, keys });
      }
      if (lostDigits !== undefined) tellLost(shape, { field, value }, lostDigits);
    }
  }
  return placements;
}

/** Whether a value that is no nested object has a column or a table. */
function isStored({ whole }: Field, value: JsonValue): boolean {
  if (isBeyondDouble(value)) return false;
  return whole || !Array.isArray(value) || value.length > 0;
}

/** Tells of the numbers of a value that are lost in its own column and not below it. */
function tellLost(
  { table }: TableShape,
  { field: { whole, column }, value }: Pick<Placement, 'field' | 'value'>,
  lostDigits: NonNullable<Apart['lostDigits']>,
): void {
  const count = whole || typeof value !== 'object' ? countBeyondDouble(value) : 0;
  if (count > 0) lostDigits({ table, column, count });
}
