import { LoaderError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { RunRequest } from '../model/run.ts';

const FIELDS: ReadonlySet<string> = new Set(['resources', 'partition', 'full', 'all', 'asOf']);

/**
 * Reads the JSON body of an HTTP call as an order for one family; an empty body loads what is due.
 * `scheduleTime` is Cloud Scheduler's header. Throws E_REQUEST that names what is wrong.
 */
export function readHttpRequest(
  body: string,
  { family, scheduleTime }: { readonly family: string; readonly scheduleTime: string | undefined },
): RunRequest {
  const fields = parseBody(body);
  const resources = names(fields['resources']);
  const partition = partitionOf(fields);
  const asOf = fields['asOf'] ?? scheduleTime;
  return {
    trigger: scheduleTime === undefined ? 'manual' : 'schedule',
    ...(resources === undefined ? { families: [family] } : { resources }),
    ...(partition === undefined ? {} : { partition }),
    mode: flag(fields, 'full') ? 'full' : 'incremental',
    until: flag(fields, 'all') ? 'done' : 'once',
    ...(asOf === undefined ? {} : { asOf: instant(asOf) }),
  };
}

function parseBody(body: string): JsonObject {
  if (body.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw wrong('body, expected JSON');
  }
  if (!isJsonObject(parsed)) throw wrong('body, expected a JSON object');
  const unknown = Object.keys(parsed).find((name) => !FIELDS.has(name));
  if (unknown === undefined) return parsed;
  throw wrong(`field '${unknown}'; known are ${[...FIELDS].join(', ')}`);
}

function names(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.length > 0;
  if (!isList || !value.every((member) => typeof member === 'string'))
    throw wrong("'resources', expected a list of names");
  return value;
}

function partitionOf({ partition }: JsonObject): string | undefined {
  if (partition === undefined || typeof partition === 'string') return partition;
  throw wrong("'partition', expected a text");
}

function flag(fields: JsonObject, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw wrong(`'${name}', expected true or false`);
  return value;
}

function instant(value: unknown): Date {
  const date = typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime())) throw wrong("'asOf', expected an ISO timestamp");
  return date;
}

function wrong(what: string): LoaderError {
  return new LoaderError('E_REQUEST', `The request has a wrong ${what}.`);
}
