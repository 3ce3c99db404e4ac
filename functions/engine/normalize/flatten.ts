import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import type { BeyondDoubles } from './beyondDouble.ts';
import { type Collision, toldApart } from './collisions.ts';
import { UNDECIDED } from './detour.ts';
import { requireShort } from './recordLimits.ts';
import {
  childOf,
  type Field,
  fieldOf,
  innerOf,
  type Members,
  type TableShape,
  type TypeOf,
} from './shape.ts';

/** How a row hangs in its chain. Root rows have no parent. */
export interface RowLink {
  readonly rootId: string;
  readonly parentId: string;
  readonly index: number;
}

/** What is done with the values of a row: encoding them, or finding columns for them. */
export interface RowSink {
  readonly typeOf: TypeOf;
  /** `leave-out`: nothing below this place is wanted. */
  beginRow(shape: TableShape): 'take' | 'leave-out';
  /** Never called with null. */
  place(shape: TableShape, field: Field, value: JsonValue): void;
  /** Ends the row and returns its id; undefined when the row is left out with all that is below it. */
  endRow(shape: TableShape, link: RowLink | undefined, record: JsonObject): string | undefined;
  /** Told of a key that another key of its row took the name of. */
  readonly collided?: (collision: Collision) => void;
  /** Told of numbers that are stored as null; a row has any number of them. */
  readonly lostDigits?: (found: BeyondDoubles) => void;
}

type PendingList = readonly [Field, readonly JsonValue[]];

/** Where a record goes. `columns` stand before its own values where it lacks them, `appended` after them. */
export interface FlattenOptions {
  readonly shape: TableShape;
  readonly sink: RowSink;
  readonly columns: Target;
  readonly appended?: JsonObject;
  /** `apart`: keys of one row that have the same name are told apart. */
  readonly names: 'as-they-are' | 'apart';
}

/**
 * Takes one record apart as dlt does: scalars in order, then nested objects from the last to the first,
 * depth first; lists become rows of child tables after their own row. False when the row was left out.
 */
export function flattenRecord(
  record: JsonObject,
  { shape, sink, columns, appended, names }: FlattenOptions,
): boolean {
  if (sink.beginRow(shape) === 'leave-out') return false;
  if (names === 'apart') {
    const added = lacking(columns, record);
    const isWhole = appended === undefined && Object.keys(added).length === 0;
    const whole = isWhole ? record : { ...added, ...record, ...appended };
    return flattenRow(whole, { shape, sink, names }, undefined);
  }
  for (const name in columns) {
    const value = columns[name];
    if (value === undefined || name in record) continue;
    sink.place(shape, fieldOf(shape, shape.members, name, sink.typeOf), value);
  }
  const whole = appended === undefined ? record : { ...record, ...appended };
  return flattenRow(whole, { shape, sink, names }, undefined);
}

function lacking(columns: Target, record: JsonObject): JsonObject {
  const names = Object.keys(columns).filter((name) => !(name in record));
  return Object.fromEntries(
    names.map((name) => {
      const value = columns[name] ?? null;
      return [name, typeof value === 'number' ? BigInt(value) : value];
    }),
  );
}

interface Into {
  readonly shape: TableShape;
  readonly sink: RowSink;
  readonly names: FlattenOptions['names'];
}

function flattenRow(row: JsonObject, into: Into, link: RowLink | undefined): boolean {
  const { shape, sink, names } = into;
  const lists = names === 'apart' ? placeApart(row, shape, sink) : placeMembers(row, shape, sink);
  const id = sink.endRow(shape, link, row);
  if (id === undefined) return false;
  if (lists === undefined) return true;
  const rootId = link?.rootId ?? id;
  for (const [field, list] of lists) {
    const below = { shape: childOf(shape, field), sink, names };
    flattenList(list, below, { rootId, parentId: id, index: 0 });
  }
  return true;
}

/** Puts what stands in this row into its columns; returns the lists, whose members are rows of their own. */
function placeMembers(
  row: JsonObject,
  shape: TableShape,
  sink: RowSink,
): readonly PendingList[] | undefined {
  const walk: Walk = { objects: [[row, shape.members]], lists: undefined };
  for (let next = walk.objects.pop(); next !== undefined; next = walk.objects.pop()) {
    const [object, members] = next;
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === null || value === undefined) continue;
      const field = members.fields.get(key) ?? fieldOf(shape, members, key, sink.typeOf);
      if (typeof value !== 'object' || field.whole) sink.place(shape, field, value);
      else postpone(walk, field, value);
    }
  }
  return walk.lists;
}

interface Walk {
  readonly objects: (readonly [JsonObject, Members])[];
  lists: PendingList[] | undefined;
}

function postpone(walk: Walk, field: Field, value: JsonObject | readonly JsonValue[]): void {
  if (isJsonObject(value)) {
    walk.objects.push([value, field.members]);
    return;
  }
  if (value.length === 0) return;
  walk.lists ??= [];
  for (const [other] of walk.lists) if (other.column === field.column) throw UNDECIDED;
  walk.lists.push([field, value]);
}

/** The same, where keys of the row that have one name are first told apart. */
function placeApart(
  row: JsonObject,
  shape: TableShape,
  sink: RowSink,
): readonly PendingList[] | undefined {
  const lists: PendingList[] = [];
  for (const { field, value } of toldApart(row, shape, sink)) {
    if (Array.isArray(value) && !field.whole) lists.push([field, value]);
    else sink.place(shape, field, value);
  }
  return lists;
}

function flattenList(list: readonly JsonValue[], into: Into, at: RowLink): void {
  for (let index = 0; index < list.length; index += 1) {
    const member = list[index] ?? null;
    const shape = Array.isArray(member) ? innerOf(into.shape) : into.shape;
    if (into.sink.beginRow(shape) === 'leave-out') return;
    if (index === 0) requireShort(list);
    flattenRow(asRow(member), { ...into, shape }, { ...at, index });
  }
}

/** Members of a list that are no objects stand in a column `value`, lists in a child table `list`. */
function asRow(member: JsonValue): JsonObject {
  if (isJsonObject(member)) return member;
  return Array.isArray(member) ? { list: member } : { value: member };
}
