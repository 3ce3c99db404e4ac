import { LoaderError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { type RunRequest, type Trigger, TRIGGERS } from '../model/run.ts';

const FIELDS: ReadonlySet<string> = new Set([
  ...['families', 'resources', 'partition', 'full', 'all', 'asOf'],
  'trigger',
]);

/** What an order means where its body says nothing. */
export interface RequestDefaults {
  /** The family that is called; without it, an order that names nothing is for everything. */
  readonly family?: string;
  readonly trigger: Trigger;
  /** ISO timestamp. */
  readonly asOf?: string | undefined;
}

/** Reads a JSON body as an order; an empty one loads what is due. Throws E_REQUEST that names what is wrong. */
export function readRequest(
  body: string,
  { family, trigger, asOf: defaultAsOf }: RequestDefaults,
): RunRequest {
  const fields = parseBody(body);
  const partition = partitionOf(fields);
  const asOf = fields['asOf'] ?? defaultAsOf;
  return {
    trigger: triggerOf(fields) ?? trigger,
    ...selectionOf(fields, family),
    ...(partition === undefined ? {} : { partition }),
    mode: flag(fields, 'full') ? 'full' : 'incremental',
    until: flag(fields, 'all') ? 'done' : 'once',
    ...(asOf === undefined ? {} : { asOf: instant(asOf) }),
  };
}

/** Whoever names resources means just these. */
function selectionOf(
  fields: JsonObject,
  family: string | undefined,
): Pick<RunRequest, 'families' | 'resources'> {
  const resources = names(fields, 'resources');
  const own = family === undefined || resources !== undefined ? undefined : [family];
  const families = names(fields, 'families') ?? own;
  return {
    ...(families === undefined ? {} : { families }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/** An order as the body from which `readRequest` reads the same order again. */
export function writeRequest(request: RunRequest): JsonObject {
  const { trigger, families, resources, partition, mode, until, asOf } = request;
  return {
    trigger,
    ...(families === undefined ? {} : { families }),
    ...(resources === undefined ? {} : { resources }),
    ...(partition === undefined ? {} : { partition }),
    full: mode === 'full',
    all: until === 'done',
    ...(asOf === undefined ? {} : { asOf: asOf.toISOString() }),
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

function names(fields: JsonObject, name: string): readonly string[] | undefined {
  const value: unknown = fields[name];
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.length > 0;
  if (!isList || !value.every((member) => typeof member === 'string'))
    throw wrong(`'${name}', expected a list of names`);
  return value;
}

function triggerOf({ trigger }: JsonObject): Trigger | undefined {
  if (trigger === undefined) return undefined;
  const known = TRIGGERS.find((name) => name === trigger);
  if (known === undefined) throw wrong(`'trigger', expected one of ${TRIGGERS.join(', ')}`);
  return known;
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
