import { LoaderError } from '../model/errors.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { LoadJob, TableChain } from '../model/rows.ts';
import type { Schema } from '../model/schema.ts';
import { DUPLICATE, REPEATED, UNDECIDED } from './detour.ts';
import { EXACT, type Reading } from './encode.ts';
import { flattenRecord, type RowLink, type RowSink } from './flatten.ts';
import { childId, keyId } from './rowId.ts';
import { rootShape, type TableShape } from './shape.ts';
import { type TableEncoder, tableEncoder } from './tableEncoder.ts';
import type { Mark } from './tupleWriter.ts';

/** A root table and how deep its child tables go. */
export interface ChainOptions {
  readonly table: string;
  readonly primaryKey: readonly string[];
  readonly nesting: number | undefined;
  /** What happens to a row whose key the package holds already. */
  readonly repeats: 'refuse' | 'skip';
}

/** What one page is encoded with. */
export interface PageOptions {
  readonly reading: Reading;
  readonly loadId: string;
}

/** Encodes records of one root table and its children into tuples, under one version of the schema. */
export interface ChainEncoder {
  readonly bytes: number;
  readonly rows: number;
  /** Remembers where a page begins; `rollback` returns there. */
  beginPage(options: PageOptions): void;
  /** False when the page itself held this key before. Throws DUPLICATE or UNDECIDED. */
  add(record: JsonObject, columns: JsonObject): boolean;
  rollback(): void;
  take(): { readonly chain: TableChain; readonly jobs: readonly LoadJob[] };
}

interface Encoding {
  readonly schema: Schema;
  readonly options: ChainOptions;
  readonly encoders: Map<TableShape, TableEncoder>;
  readonly marks: Map<TableEncoder, Mark>;
  readonly packageIds: Set<string>;
  pageIds: Set<string>;
  page: PageOptions;
  current: TableEncoder | undefined;
}

/** Compiles the encoder of one chain against the schema as it is. */
export function chainEncoder(options: ChainOptions, schema: Schema): ChainEncoder {
  const shape = rootShape(options.table, options.nesting);
  const state: Encoding = {
    schema,
    options,
    encoders: new Map(),
    marks: new Map(),
    packageIds: new Set(),
    pageIds: new Set(),
    page: { reading: EXACT, loadId: '' },
    current: undefined,
  };
  const sink = encodingSink(state);
  const outs = (): readonly TableEncoder[] => [...state.encoders.values()];

  return {
    get bytes() {
      return outs().reduce((sum, { out }) => sum + out.length, 0);
    },
    get rows() {
      return state.encoders.get(shape)?.out.rows ?? 0;
    },
    beginPage: (page) => {
      state.page = page;
      for (const id of state.pageIds) state.packageIds.add(id);
      state.pageIds = new Set();
      state.marks.clear();
      for (const encoder of state.encoders.values()) state.marks.set(encoder, encoder.out.mark());
    },
    add: (record, columns) => addRecord(record, { shape, sink, columns }),
    rollback: () => {
      state.pageIds.clear();
      for (const encoder of state.encoders.values()) {
        encoder.clear();
        encoder.out.reset(state.marks.get(encoder) ?? { length: 0, rows: 0 });
      }
    },
    take: () => {
      const rowIds = [...state.packageIds, ...state.pageIds];
      state.packageIds.clear();
      state.pageIds.clear();
      state.marks.clear();
      const { table, primaryKey } = options;
      const chain = { root: table, primaryKey, children: descendants(table, schema), rowIds };
      return { chain, jobs: takeJobs(state, shape) };
    },
  };
}

function addRecord(record: JsonObject, into: Parameters<typeof flattenRecord>[1]): boolean {
  try {
    flattenRecord(record, into);
    return true;
  } catch (error) {
    if (error !== REPEATED) throw error;
    return false;
  }
}

function encodingSink(state: Encoding): RowSink {
  const { schema } = state;
  return {
    typeOf: (table, column) => schema.get(table)?.columns.get(column)?.type,
    beginRow: (shape) => {
      state.current = state.encoders.get(shape) ?? newEncoder(state, shape);
    },
    place: (_shape, field, value) => {
      const encoder = state.current as TableEncoder;
      if (field.index === -1) {
        field.index = encoder.indexOf(field.column);
        if (field.index === -1) throw UNDECIDED;
      }
      encoder.put(field.index, value);
    },
    endRow: (shape, link) => {
      const encoder = state.current as TableEncoder;
      const id =
        link === undefined ? endRootRow(state, encoder) : endChildRow(shape, encoder, link);
      encoder.put(encoder.indexOf('_dlt_id'), id);
      encoder.writeRow(state.page.reading);
      return id;
    },
  };
}

function newEncoder(state: Encoding, shape: TableShape): TableEncoder {
  const table = state.schema.get(shape.table);
  if (table === undefined) throw UNDECIDED;
  const encoder = tableEncoder(table);
  state.encoders.set(shape, encoder);
  return encoder;
}

function endRootRow(state: Encoding, encoder: TableEncoder): string {
  const { primaryKey, table, repeats } = state.options;
  const key: Record<string, JsonValue> = {};
  for (const column of primaryKey) {
    const value = encoder.valueAt(encoder.indexOf(column));
    if (value === undefined) throw missingKey(table, column);
    key[column] = value;
  }
  const id = keyId(key);
  const isInPackage = state.packageIds.has(id);
  if (isInPackage && repeats === 'refuse') throw DUPLICATE;
  if (isInPackage || state.pageIds.has(id)) {
    encoder.clear();
    throw REPEATED;
  }
  state.pageIds.add(id);
  encoder.put(encoder.indexOf('_dlt_load_id'), state.page.loadId);
  return id;
}

function missingKey(table: string, column: string): LoaderError {
  return new LoaderError(
    'E_VALUE',
    `A record for table '${table}' has no value for '${column}', which is part of its key.`,
    { details: { table, column } },
  );
}

function endChildRow(shape: TableShape, encoder: TableEncoder, link: RowLink): string {
  encoder.put(encoder.indexOf('_dlt_parent_id'), link.parentId);
  encoder.put(encoder.indexOf('_dlt_list_idx'), link.index);
  const rootId = encoder.indexOf('_dlt_root_id');
  if (rootId !== -1) encoder.put(rootId, link.rootId);
  return childId(link.parentId, shape.table, link.index);
}

function takeJobs({ encoders }: Encoding, root: TableShape): readonly LoadJob[] {
  const jobs: LoadJob[] = [];
  for (const [shape, { columns, out }] of encoders) {
    if (out.rows === 0) continue;
    const rows = out.rows;
    jobs.push({ table: shape.table, columns, rows, tuples: [out.take()] });
  }
  return jobs.toSorted(
    (left, right) => Number(right.table === root.table) - Number(left.table === root.table),
  );
}

/** The tables below a root table, parents before their children. */
export function descendants(root: string, schema: Schema): readonly string[] {
  const found = [root];
  for (const parent of found) {
    for (const [name, table] of schema) {
      if (table.parent === parent) found.push(name);
    }
  }
  return found.slice(1);
}
