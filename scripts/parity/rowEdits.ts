import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../functions/engine/model/json.ts';
import { writeExact } from '../../functions/engine/normalize/exactJson.ts';
import { keysInOrder } from '../../functions/engine/normalize/keyOrder.ts';
import {
  childOf,
  fieldOf,
  innerOf,
  type Members,
  type TableShape,
} from '../../functions/engine/normalize/shape.ts';

/** A key of a row, or of an object that is flattened into it. */
export interface Slot {
  readonly object: JsonObject;
  readonly key: string;
  /** The column's name; lists have names of their own, because they take no column. */
  readonly name: string;
  readonly value: JsonValue;
}

/** What becomes of slots: another value, or undefined for none. Slots that are not in it stay. */
export type Edits = ReadonlyMap<Slot, JsonValue | undefined>;

/** Decides about the slots of one row, which stand in dlt's order. */
export type EditRow = (slots: readonly Slot[]) => Edits;

type Changes = ReadonlyMap<JsonObject, ReadonlyMap<string, JsonValue | undefined>>;

const unknownType = (): undefined => undefined;

/** JSON of a record after every row in it was edited; values that stay whole are no rows. */
export function editedRecord(record: JsonObject, shape: TableShape, edit: EditRow): string {
  const changes = changesOf(edit(slotsOf(record, shape)));
  return objectJson(record, shape.members, { shape, edit, changes });
}

interface Editing {
  readonly shape: TableShape;
  readonly edit: EditRow;
  readonly changes: Changes;
}

function slotsOf(row: JsonObject, shape: TableShape): readonly Slot[] {
  const slots: Slot[] = [];
  const pending: [JsonObject, Members][] = [[row, shape.members]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [object, members] = next;
    for (const key of keysInOrder(object)) {
      const value = object[key] ?? null;
      const { column, whole, members: below } = fieldOf(shape, members, key, unknownType);
      if (isJsonObject(value) && !whole) pending.push([value, below]);
      else {
        const isList = Array.isArray(value) && !whole;
        const name = isList ? `list ${below.fragments.join(' ')}` : column;
        slots.push({ object, key, name, value });
      }
    }
  }
  return slots;
}

function changesOf(edits: Edits): Changes {
  const changes = new Map<JsonObject, Map<string, JsonValue | undefined>>();
  for (const [{ object, key }, value] of edits) {
    const ofObject = changes.get(object) ?? new Map<string, JsonValue | undefined>();
    changes.set(object, ofObject.set(key, value));
  }
  return changes;
}

function objectJson(object: JsonObject, at: Members, editing: Editing): string {
  const changed = editing.changes.get(object);
  const parts = keysInOrder(object).flatMap((key) => {
    const value = changed?.has(key) === true ? changed.get(key) : (object[key] ?? null);
    if (value === undefined) return [];
    const field = fieldOf(editing.shape, at, key, unknownType);
    const name = JSON.stringify(key);
    if (field.whole) return [`${name}:${wholeJson(value)}`];
    if (isJsonObject(value)) return [`${name}:${objectJson(value, field.members, editing)}`];
    if (!Array.isArray(value)) return [`${name}:${wholeJson(value)}`];
    const shape = childOf(editing.shape, field);
    const members = value.map((member: JsonValue) => memberJson(member, shape, editing));
    return [`${name}:[${members.join(',')}]`];
  });
  return `{${parts.join(',')}}`;
}

function memberJson(member: JsonValue, shape: TableShape, { edit }: Editing): string {
  if (isJsonObject(member)) return editedRecord(member, shape, edit);
  if (!Array.isArray(member)) return wholeJson(member);
  const wrapped = editedRecord({ list: member }, innerOf(shape), edit);
  return wrapped.slice('{"list":'.length, -1);
}

/** The value as it was read, with NUL and halves of surrogate pairs. */
function wholeJson(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(wholeJson).join(',')}]`;
  if (!isJsonObject(value)) return writeExact(value);
  const parts = keysInOrder(value).map(
    (key) => `${JSON.stringify(key)}:${wholeJson(value[key] ?? null)}`,
  );
  return `{${parts.join(',')}}`;
}
