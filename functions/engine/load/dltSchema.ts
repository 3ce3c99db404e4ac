import type { DataType, SchemaUpdate } from '../model/schema.ts';
import { type DltColumn, dltColumn, type TableHints } from './dltColumn.ts';
import { PIPELINE_STATE, PIPELINE_STATE_TABLE } from './pipelineStateTable.ts';
import { versionHash } from './versionHash.ts';

/** dlt's engine version of the schema format written here. */
export const ENGINE_VERSION = 11;

const PREVIOUS_HASHES = 10;

/** A table as dlt stores it. */
export interface DltTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, DltColumn>>;
  readonly parent?: string;
  readonly [hint: string]: unknown;
}

/** The document in `_dlt_version.schema`. Key order counts: it is part of the hash. */
export interface DltSchema {
  readonly version: number;
  readonly version_hash: string;
  readonly engine_version: number;
  readonly name: string;
  readonly tables: Readonly<Record<string, DltTable>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly normalizers: Readonly<Record<string, unknown>>;
  readonly previous_hashes: readonly string[];
  readonly [field: string]: unknown;
}

const column = (
  name: string,
  type: DataType,
  hints: Readonly<Record<string, unknown>> = {},
): DltColumn => ({
  name,
  data_type: type,
  nullable: false,
  ...hints,
});

const columns = (...list: readonly DltColumn[]): Readonly<Record<string, DltColumn>> =>
  Object.fromEntries(list.map((entry) => [entry.name, entry]));

const SYSTEM_TABLES: Readonly<Record<string, DltTable>> = {
  _dlt_version: {
    name: '_dlt_version',
    columns: columns(
      column('version', 'bigint'),
      column('engine_version', 'bigint'),
      column('inserted_at', 'timestamp'),
      column('schema_name', 'text'),
      column('version_hash', 'text'),
      column('schema', 'text'),
    ),
    write_disposition: 'skip',
    resource: '_dlt_version',
    description: 'Created by DLT. Tracks schema updates',
  },
  _dlt_loads: {
    name: '_dlt_loads',
    columns: columns(
      column('load_id', 'text', { precision: 64 }),
      column('schema_name', 'text', { nullable: true }),
      column('status', 'bigint'),
      column('inserted_at', 'timestamp'),
      column('schema_version_hash', 'text', { nullable: true }),
    ),
    write_disposition: 'skip',
    resource: '_dlt_loads',
    description: 'Created by DLT. Tracks completed loads',
  },
};

/** The schema of a dataset that holds nothing but dlt's own tables. */
export function emptyDltSchema(name: string): DltSchema {
  const draft: DltSchema = {
    version: 0,
    version_hash: '',
    engine_version: ENGINE_VERSION,
    name,
    tables: SYSTEM_TABLES,
    settings: {
      detections: ['iso_timestamp'],
      default_hints: {
        not_null: ['_dlt_id', '_dlt_root_id', '_dlt_parent_id', '_dlt_list_idx', '_dlt_load_id'],
        parent_key: ['_dlt_parent_id'],
        root_key: ['_dlt_root_id'],
        unique: ['_dlt_id'],
        row_key: ['_dlt_id'],
      },
    },
    normalizers: {
      names: 'snake_case',
      json: { module: 'dlt.common.normalizers.json.relational' },
    },
    previous_hashes: [],
  };
  return { ...draft, version: 1, version_hash: versionHash(draft) };
}

/** The next version of the schema, with the columns and tables of `update`. */
export function updatedDltSchema(
  schema: DltSchema,
  update: SchemaUpdate,
  hints: ReadonlyMap<string, TableHints>,
): DltSchema {
  const tables: Record<string, DltTable> = { ...schema.tables };
  for (const { name, parent, columns: added } of update.tables) {
    // dlt knows of it once it has extracted root tables, and of child tables after that.
    if (parent !== undefined) tables[PIPELINE_STATE] ??= PIPELINE_STATE_TABLE;
    const table = tables[name] ?? newTable(name, parent, hints.get(name));
    const additions = added.map(
      (entry) => [entry.name, dltColumn(entry, hints.get(name))] as const,
    );
    tables[name] = { ...table, columns: { ...table.columns, ...Object.fromEntries(additions) } };
  }
  tables[PIPELINE_STATE] ??= PIPELINE_STATE_TABLE;
  const next = {
    ...schema,
    tables,
    normalizers: withPropagation(schema.normalizers, update, hints),
  };
  return nextVersion(schema, next);
}

/** Numbers a changed schema, hashes it and remembers the hash before. */
export function nextVersion(schema: DltSchema, next: DltSchema): DltSchema {
  return {
    ...next,
    version: schema.version + 1,
    version_hash: versionHash(next),
    previous_hashes: [schema.version_hash, ...schema.previous_hashes].slice(0, PREVIOUS_HASHES),
  };
}

function newTable(
  name: string,
  parent: string | undefined,
  hints: TableHints | undefined,
): DltTable {
  const seen = { 'x-normalizer': { 'seen-data': true } };
  if (parent !== undefined) return { name, columns: {}, parent, ...seen };
  return {
    columns: {},
    ...(hints === undefined ? {} : strategyHint(hints)),
    write_disposition: hints?.writeDisposition ?? 'append',
    name,
    resource: hints?.resource ?? name,
    ...seen,
  };
}

/** dlt refuses every load into a schema that has one of its strategies by key on a table without a key. */
function strategyHint({ method, primaryKey }: TableHints): Readonly<Record<string, string>> {
  switch (method) {
    case 'upsert':
    case 'insert-only':
      return primaryKey.length === 0 ? {} : { 'x-merge-strategy': method };
    case 'scd2':
      return { 'x-merge-strategy': method };
    case 'merge-key':
    case 'append':
    case 'replace':
    case 'skip':
      return {};
  }
}

/** Children of merged tables carry their root's id; dlt notes this for every root table. */
function withPropagation(
  normalizers: Readonly<Record<string, unknown>>,
  update: SchemaUpdate,
  hints: ReadonlyMap<string, TableHints>,
): Readonly<Record<string, unknown>> {
  const merged = update.tables.filter(
    ({ name, parent }) =>
      parent === undefined &&
      hints.get(name)?.writeDisposition === 'merge' &&
      hints.get(name)?.method !== 'scd2',
  );
  if (merged.length === 0) return normalizers;
  const json = normalizers['json'] as { config?: { propagation?: { tables?: object } } };
  const tables = {
    ...json.config?.propagation?.tables,
    ...Object.fromEntries(merged.map(({ name }) => [name, { _dlt_id: '_dlt_root_id' }])),
  };
  return { ...normalizers, json: { ...json, config: { ...json.config, propagation: { tables } } } };
}
