import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

import { LoaderError } from '../model/errors.ts';
import type { DatasetNames } from '../model/names.ts';

/** dlt's engine version of the state format written here. */
export const STATE_ENGINE_VERSION = 4;

/**
 * What dlt remembers of a pipeline. Values that JSON has no type for are texts that begin with dlt's own mark of
 * their type (U+F026 to U+F02D), and numbers that a double would change are `RawNumber`s: both stay as they are.
 */
export interface DltPipelineState {
  readonly _state_version: number;
  readonly _state_engine_version: number;
  readonly _version_hash: string;
  readonly pipeline_name: string;
  readonly dataset_name: string | null;
  readonly default_schema_name: string | null;
  readonly schema_names: readonly string[] | null;
  readonly destination_type?: string | null;
  readonly destination_name?: string | null;
  /** By schema: `resources`, by resource: `incremental`, by cursor: `last_value`. */
  readonly sources?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The digits of a number that would be others after reading and writing, such as `1.0`. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** `JSON` with the text behind a value, which the library's types do not know yet. */
const withSource = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/** Fields that are no content: versions, the hash itself, and what dlt keeps on its own disk. */
const NOT_HASHED: ReadonlySet<string> = new Set([
  '_state_version',
  '_state_engine_version',
  '_version_hash',
  '_local',
]);

/** The text of a state as dlt stores it in `_dlt_pipeline_state.state`. */
export function encodeState(state: DltPipelineState): string {
  return deflateSync(JSON.stringify(state), { level: 9 }).toString('base64');
}

/** Reads what `encodeState` or dlt wrote; also the bare JSON of its first releases. Throws E_DATASET. */
export function decodeState(text: string): DltPipelineState {
  try {
    const json = text.startsWith('{') ? text : inflateSync(Buffer.from(text, 'base64')).toString();
    return withSource.parse(json, keepNumber) as DltPipelineState;
  } catch (error) {
    throw new LoaderError('E_DATASET', 'A state in _dlt_pipeline_state cannot be read.', {
      cause: error,
    });
  }
}

function keepNumber(
  _key: string,
  value: unknown,
  // Releases of Node.js before 21 do not tell the text; they read such numbers as doubles.
  { source }: { readonly source?: string } = {},
): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return withSource.rawJSON(source);
}

/** dlt's hash of a state: its content with the keys in order, without versions. */
export function stateHash(state: Readonly<Record<string, unknown>>): string {
  const content = Object.entries(state).filter(([field]) => !NOT_HASHED.has(field));
  return createHash('sha3-256').update(objectJson(content)).digest('base64');
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null || withSource.isRawJSON(value))
    return JSON.stringify(value);
  return objectJson(Object.entries(value));
}

/** Keys in the order of their bytes; an object would put those that are integers first. */
function objectJson(entries: readonly (readonly [string, unknown])[]): string {
  const members = entries
    .map(([key, value]) => ({ bytes: Buffer.from(key), key, value }))
    .toSorted((left, right) => Buffer.compare(left.bytes, right.bytes))
    .map(({ key, value }) => `${JSON.stringify(key)}:${sortedJson(value)}`);
  return `{${members.join(',')}}`;
}

/** The state of a pipeline that has loaded into the dataset and remembers no cursor: ours are in the state schema. */
export function firstState(dataset: string, names: DatasetNames): DltPipelineState {
  const content = {
    default_schema_name: names.schema,
    schema_names: [names.schema],
    dataset_name: dataset,
    pipeline_name: names.pipeline,
    destination_type: 'dlt.destinations.postgres',
    destination_name: null,
  };
  return {
    _state_version: 1,
    _state_engine_version: STATE_ENGINE_VERSION,
    ...content,
    _version_hash: stateHash(content),
  };
}
