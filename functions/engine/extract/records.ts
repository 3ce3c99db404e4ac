import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { SelectRecords } from '../model/page.ts';
import type { Pagination } from '../model/resource.ts';
import { wrongAnswer } from './failures.ts';
import type { GitlabResponse } from './response.ts';

/** Keeps a record or leaves it out. */
export type RecordFilter = (record: JsonObject) => boolean;

/** Finds the records of a REST body: the members of a list, or the one object. */
export function restRecords(filter: RecordFilter | undefined): SelectRecords {
  return (body) => {
    const records = membersOf(body).map(toRecord);
    return filter === undefined ? records : records.filter(filter);
  };
}

function membersOf(body: unknown): readonly JsonValue[] {
  if (Array.isArray(body)) return body as readonly JsonValue[];
  return isJsonObject(body) ? [body] : [];
}

/** Some lists hold bare values, e.g. names; such a row has the one column `value`. */
function toRecord(member: JsonValue): JsonObject {
  return isJsonObject(member) ? member : { value: member };
}

/** Throws unless the body has the shape that such a list must have: an object in place of a list is no end. */
export function assertShape(
  { json, request, status }: GitlabResponse,
  pagination: Pagination,
): void {
  if (Array.isArray(json)) return;
  if (pagination !== 'unpaged') throw wrongAnswer(request, 'something that is not a list');
  if (status === 204) return;
  if (json === null) return;
  if (!isJsonObject(json) || isMessage(json)) {
    throw wrongAnswer(request, 'something that is neither a list nor an object');
  }
}

const ERROR_FIELDS: ReadonlySet<string> = new Set([
  'message',
  'error',
  'errors',
  'error_description',
  'error_message',
  'status',
  'code',
]);

/** True for an error that came with status 200, as gateways send it. */
function isMessage(json: JsonObject): boolean {
  const names = Object.keys(json);
  const isError = names.some((name) => name === 'message' || name.startsWith('error'));
  return isError && names.every((name) => ERROR_FIELDS.has(name));
}
