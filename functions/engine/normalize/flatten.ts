import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import {
  childOf,
  type Field,
  fieldOf,
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
  beginRow(shape: TableShape): void;
  /** Never called with null. */
  place(shape: TableShape, field: Field, value: JsonValue): void;
  /** Ends the row and returns its id. */
  endRow(shape: TableShape, link: RowLink | undefined): string;
}

type PendingList = readonly [Field, readonly JsonValue[]];

/**
 * Takes one record apart as dlt does: scalars in order, then nested objects from the last to the first,
 * depth first; lists become rows of child tables after their own row. `columns` stand before the record's own
 * values where it lacks them.
 */
export function flattenRecord(
  record: JsonObject,
  {
    shape,
    sink,
    columns,
  }: { readonly shape: TableShape; readonly sink: RowSink; readonly columns: JsonObject },
): void {
  sink.beginRow(shape);
  for (const name in columns) {
    const value = columns[name];
    if (value === undefined || value === null || name in record) continue;
    sink.place(shape, fieldOf(shape, shape.members, name, sink.typeOf), value);
  }
  flattenRow(record, shape, sink, undefined);
}

function flattenRow(
  row: JsonObject,
  shape: TableShape,
  sink: RowSink,
  link: RowLink | undefined,
): void {
  const lists = placeMembers(row, shape, sink);
  const id = sink.endRow(shape, link);
  if (lists === undefined) return;
  const rootId = link?.rootId ?? id;
  for (const [field, list] of lists) {
    flattenList(list, childOf(shape, field), sink, { rootId, parentId: id, index: 0 });
  }
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
  if (isJsonObject(value)) walk.objects.push([value, field.members]);
  else if (value.length > 0) (walk.lists ??= []).push([field, value]);
}

function flattenList(
  list: readonly JsonValue[],
  shape: TableShape,
  sink: RowSink,
  at: RowLink,
): void {
  for (let index = 0; index < list.length; index += 1) {
    sink.beginRow(shape);
    flattenRow(asRow(list[index] ?? null), shape, sink, { ...at, index });
  }
}

/** Members of a list that are no objects stand in a column `value`, lists in a child table `list`. */
function asRow(member: JsonValue): JsonObject {
  if (isJsonObject(member)) return member;
  return Array.isArray(member) ? { list: member } : { value: member };
}
