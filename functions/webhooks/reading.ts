import { LoaderError } from '../engine/model/errors.ts';
import { isJsonObject, type JsonObject } from '../engine/model/json.ts';
import type { EventPlan, NamedRow } from '../engine/model/webhookEvent.ts';
import type { EventResource } from './families.ts';

/** Reads the body of an event and says what is to be done. */
export type Reader = (body: JsonObject) => EventPlan;

type Value = string | number;

/** Where a value stands, e.g. `object_attributes.iid`; the first place that has one counts. */
export type Places = string | readonly string[];

/** The value at the first of the places that has one. */
export function valueAt(body: JsonObject, places: Places): Value | undefined {
  for (const place of typeof places === 'string' ? [places] : places) {
    let value: unknown = body;
    for (const name of place.split('.')) value = isJsonObject(value) ? value[name] : undefined;
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return value;
  }
  return undefined;
}

/** The same, of a body that must have one. */
export function required(body: JsonObject, places: Places): Value {
  const value = valueAt(body, places);
  if (value !== undefined) return value;
  const kind = valueAt(body, ['object_kind', 'event_name']) ?? '';
  const missing = typeof places === 'string' ? places : places.join("' or '");
  throw new LoaderError('E_WEBHOOK_EVENT', `Event '${kind.toString()}' has no '${missing}'.`);
}

/** A row of an event: its resource, and where its columns stand in the body. */
export interface RowReader {
  readonly resource: EventResource;
  readonly columns: Readonly<Record<string, Places | ((body: JsonObject) => Value)>>;
  /** Whether the body says that the row was deleted. */
  readonly isGone?: (body: JsonObject) => boolean;
}

/** A row that is fetched. */
export function row(
  resource: EventResource,
  columns: RowReader['columns'],
  isGone?: RowReader['isGone'],
): RowReader {
  return { resource, columns, ...(isGone === undefined ? {} : { isGone }) };
}

/** What an event asks for: rows, and partitions of the same project or group that the next run reads. */
export interface Asked {
  readonly rows?: readonly RowReader[];
  readonly due?: readonly EventResource[];
}

const PROJECT = ['project_id', 'project.id', 'object_attributes.project_id'];
const GROUP = ['group_id', 'group.id', 'object_attributes.group_id'];

/** About a project. */
export function inProject(asked: Asked, places: Places = PROJECT): Reader {
  return (body) => ({
    scope: 'project',
    partition: numberAt(body, places).toString(),
    ...workOf(body, asked),
  });
}

/** About a group. */
export function inGroup(asked: Asked, places: Places = GROUP): Reader {
  return (body) => ({
    scope: 'group',
    partition: numberAt(body, places).toString(),
    ...workOf(body, asked),
  });
}

/** About a project where the body names one, else about a group. */
export function inOwner(project: Asked, group: Asked): Reader {
  return (body) =>
    valueAt(body, PROJECT) === undefined ? inGroup(group)(body) : inProject(project)(body);
}

/** About the instance. */
export function inInstance(asked: Asked): Reader {
  return (body) => ({ scope: 'instance', partition: '', ...workOf(body, asked) });
}

/** Nothing is done, for this reason. */
export function acknowledged(reason: string): Reader {
  return () => ({ acknowledged: reason });
}

/** One of several readers, by a value of the body. */
export function byValue(
  places: Places,
  readers: Readonly<Record<string, Reader>>,
  otherwise: Reader,
): Reader {
  return (body) => {
    const value = (valueAt(body, places) ?? '').toString();
    return (Object.hasOwn(readers, value) ? readers[value] : undefined)?.(body) ?? otherwise(body);
  };
}

function workOf(body: JsonObject, { rows = [], due = [] }: Asked) {
  return { rows: rows.map((each) => namedRow(body, each)), due };
}

function namedRow(body: JsonObject, { resource, columns, isGone }: RowReader): NamedRow {
  const named = Object.entries(columns).map(
    ([name, place]) =>
      [name, typeof place === 'function' ? place(body) : required(body, place)] as const,
  );
  const expected = isGone?.(body) === true ? 'gone' : 'there';
  return { resource, row: Object.fromEntries(named), expected };
}

/** Ids become parts of paths and keys of partitions: anything else than a whole number is none. */
function numberAt(body: JsonObject, places: Places): number {
  const value = Number(required(body, places));
  if (Number.isSafeInteger(value) && value > 0) return value;
  const kind = (valueAt(body, ['object_kind', 'event_name']) ?? '').toString();
  throw new LoaderError('E_WEBHOOK_EVENT', `Event '${kind}' has an id that is no whole number.`);
}
