import { childTables } from '../model/childTables.ts';
import type { JsonObject } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import type { ChainRules, LoadJob, TableChain } from '../model/rows.ts';
import type { Schema, SchemaContract } from '../model/schema.ts';
import { DUPLICATE, REPEATED, UNDECIDED } from './detour.ts';
import { EXACT, type Reading } from './encode.ts';
import { flattenRecord, type RowLink, type RowSink } from './flatten.ts';
import { rootId } from './rootId.ts';
import { childId } from './rowId.ts';
import { rootShape, type TableShape } from './shape.ts';
import { type RowSort, type SortedRows, sortedRows } from './sortedRows.ts';
import { type TableEncoder, tableEncoder } from './tableEncoder.ts';
import type { Mark } from './tupleWriter.ts';

/** A root table and how deep its child tables go. */
export interface ChainOptions {
  readonly table: string;
  readonly rules: ChainRules;
  readonly identity: 'key' | 'time' | 'content';
  readonly nesting: number | undefined;
  /** What happens to a row whose key the package holds already: one of them stays, the first or that of a sort. */
  readonly repeats: 'refuse' | 'skip' | RowSort;
  readonly contract: SchemaContract;
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
  /** The ids of the root rows since the page began. */
  pageIds(): Iterable<string>;
  /** Remembers where a page begins; `rollback` returns there. */
  beginPage(options: PageOptions): void;
  /** False when the page held this key before or the contract left the row out. Throws DUPLICATE or UNDECIDED. */
  add(record: JsonObject, columns: Target, appended?: JsonObject): boolean;
  rollback(): void;
  take(): { readonly chain: TableChain; readonly jobs: readonly LoadJob[] };
}

interface Encoding {
  readonly schema: Schema;
  readonly options: ChainOptions;
  readonly encoders: Map<TableShape, TableEncoder>;
  /** Two keys of one name have two shapes and one table. */
  readonly byTable: Map<string, TableEncoder>;
  readonly marks: Map<TableEncoder, Mark>;
  readonly packageIds: Set<string>;
  pageIds: Set<string>;
  page: PageOptions;
  current: TableEncoder | undefined;
  readonly sorted: SortedRows | undefined;
  /** Root rows with an id from the time that were written into the package. */
  numbered: number;
  /** Whether a row of the package may have the key of a stored row and another id. */
  hasLooseKeys: boolean;
}

/** Compiles the encoder of one chain against the schema as it is. */
export function chainEncoder(options: ChainOptions, schema: Schema): ChainEncoder {
  const shape = rootShape(options.table, options.nesting);
  const state = openEncoding(options, schema);
  const sink = encodingSink(state);
  const outs = (): readonly TableEncoder[] => [...state.byTable.values()];

  return {
    get bytes() {
      return outs().reduce((sum, { out }) => sum + out.length, 0);
    },
    get rows() {
      return state.encoders.get(shape)?.out.rows ?? 0;
    },
    pageIds: () => state.pageIds,
    beginPage: (page) => {
      state.page = page;
      for (const id of state.pageIds) state.packageIds.add(id);
      state.pageIds = new Set();
      state.marks.clear();
      state.sorted?.beginPage();
      for (const encoder of state.byTable.values()) state.marks.set(encoder, encoder.out.mark());
    },
    add: (record, columns, appended) => {
      if (options.rules.method === 'skip') return false;
      const { exact } = state.page.reading;
      if (!exact && options.identity === 'content') throw UNDECIDED;
      const names = exact ? 'apart' : 'as-they-are';
      const into = { shape, sink, columns, names, ...(appended && { appended }) } as const;
      const isAdded = addRecord(record, into);
      if (isAdded) state.sorted?.end(state.byTable.values());
      return isAdded;
    },
    rollback: () => {
      state.pageIds.clear();
      state.sorted?.rollback();
      for (const encoder of state.byTable.values()) {
        encoder.clear();
        encoder.out.reset(state.marks.get(encoder) ?? { length: 0, rows: 0 });
      }
    },
    take: () => takeChain(state),
  };
}

function openEncoding(options: ChainOptions, schema: Schema): Encoding {
  return {
    schema,
    options,
    encoders: new Map(),
    byTable: new Map(),
    marks: new Map(),
    packageIds: new Set(),
    pageIds: new Set(),
    page: { reading: EXACT, loadId: '' },
    current: undefined,
    sorted: sortedRowsOf(options, schema),
    numbered: 0,
    hasLooseKeys: false,
  };
}

function sortedRowsOf({ repeats, table }: ChainOptions, schema: Schema): SortedRows | undefined {
  if (typeof repeats === 'string') return undefined;
  return sortedRows(repeats, schema.get(table)?.columns.get(repeats.column)?.type);
}

function takeChain(state: Encoding): ReturnType<ChainEncoder['take']> {
  const { options, schema } = state;
  const rowIds = [...state.packageIds, ...state.pageIds];
  state.packageIds.clear();
  state.pageIds.clear();
  state.marks.clear();
  state.numbered = 0;
  const { hasLooseKeys } = state;
  state.hasLooseKeys = false;
  const children = childTables(schema, options.table);
  return {
    chain: { root: options.table, ...options.rules, children, rowIds, hasLooseKeys },
    jobs: takeJobs(state, options.table),
  };
}

function addRecord(record: JsonObject, into: Parameters<typeof flattenRecord>[1]): boolean {
  try {
    return flattenRecord(record, into);
  } catch (error) {
    if (error !== REPEATED) throw error;
    return false;
  }
}

function encodingSink(state: Encoding): RowSink {
  const { schema, options } = state;
  const { contract } = options;
  return {
    typeOf: (table, column) => schema.get(table)?.columns.get(column)?.type,
    beginRow: (shape) => {
      const encoder = state.encoders.get(shape) ?? newEncoder(state, shape);
      state.current = encoder;
      return encoder === undefined ? 'leave-out' : 'take';
    },
    place: (_shape, field, value) => {
      const encoder = state.current as TableEncoder;
      if (field.index === -1) {
        field.index = encoder.indexOf(field.column);
        if (field.index === -1) {
          // What the exact reading finds no column for is what the contract did not let in.
          if (!state.page.reading.exact || contract.columns === 'evolve') throw UNDECIDED;
          if (contract.columns === 'discard_row') encoder.leaveOut();
          return;
        }
      }
      if (!encoder.put(field.index, value)) throw UNDECIDED;
    },
    endRow: (shape, link, record) => {
      const encoder = state.current as TableEncoder;
      const id =
        link === undefined ? endRootRow(state, encoder, record) : endChildRow(shape, encoder, link);
      encoder.put(encoder.indexOf('_dlt_id'), id);
      if (encoder.writeRow(state.page.reading, contract.dataType)) return id;
      if (link === undefined) state.pageIds.delete(id);
      return undefined;
    },
  };
}

function newEncoder(state: Encoding, shape: TableShape): TableEncoder | undefined {
  const table = state.schema.get(shape.table);
  if (table === undefined) {
    const { contract } = state.options;
    if (state.page.reading.exact && contract.tables !== 'evolve') return undefined;
    throw UNDECIDED;
  }
  const encoder = state.byTable.get(shape.table) ?? tableEncoder(table);
  state.byTable.set(shape.table, encoder);
  state.encoders.set(shape, encoder);
  return encoder;
}

function endRootRow(state: Encoding, encoder: TableEncoder, record: JsonObject): string {
  encoder.put(encoder.indexOf('_dlt_load_id'), state.page.loadId);
  const nextNumber = (): number => (state.numbered += 1);
  const { id, isLoose } = rootId(state.options, { record, encoder, ...state.page, nextNumber });
  state.hasLooseKeys ||= isLoose;
  if (state.options.identity === 'time') return id;
  state.sorted?.begin(id, encoder);
  const isInPackage = state.packageIds.has(id);
  if (isInPackage && state.options.repeats === 'refuse') throw DUPLICATE;
  if (state.sorted === undefined && (isInPackage || state.pageIds.has(id))) {
    encoder.clear();
    throw REPEATED;
  }
  state.pageIds.add(id);
  return id;
}

function endChildRow(shape: TableShape, encoder: TableEncoder, link: RowLink): string {
  encoder.put(encoder.indexOf('_dlt_parent_id'), link.parentId);
  encoder.put(encoder.indexOf('_dlt_list_idx'), link.index);
  const rootId = encoder.indexOf('_dlt_root_id');
  if (rootId !== -1) encoder.put(rootId, link.rootId);
  return childId(link.parentId, shape.table, link.index);
}

function takeJobs({ byTable, sorted }: Encoding, root: string): readonly LoadJob[] {
  const jobs: LoadJob[] = [];
  for (const [table, encoder] of byTable) {
    const { columns, out } = encoder;
    if (out.rows === 0) continue;
    const taken = sorted?.take(encoder) ?? { rows: out.rows, tuples: [out.take()] };
    if (taken.rows > 0) jobs.push({ table, columns, ...taken });
  }
  sorted?.clear();
  return jobs.toSorted((left, right) => Number(right.table === root) - Number(left.table === root));
}
