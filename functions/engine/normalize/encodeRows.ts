import { childTables } from '../model/childTables.ts';
import type { JsonObject } from '../model/json.ts';
import type { Target } from '../model/position.ts';
import type { LoadJob, TableChain } from '../model/rows.ts';
import type { Schema } from '../model/schema.ts';
import type { RecordReading } from './addedPage.ts';
import { REPEATED, UNDECIDED } from './detour.ts';
import { EXACT } from './encode.ts';
import { type ChainOptions, type Encoding, encodingSink } from './encodingSink.ts';
import { flattenRecord } from './flatten.ts';
import type { OverflowedRows } from './overflow.ts';
import { rootShape, type TableShape } from './shape.ts';
import { type SortedRows, sortedRows } from './sortedRows.ts';

/** Encodes records of one root table and its children into tuples, under one version of the schema. */
export interface ChainEncoder {
  readonly bytes: number;
  readonly rows: number;
  /** How many rows since the page began have values in the overflow column, table by table. */
  overflows(): readonly OverflowedRows[];
  /** The ids of the root rows since the page began. */
  pageIds(): Iterable<string>;
  /** Remembers where a page begins; `rollback` returns there. */
  beginPage(options: RecordReading): void;
  /** False when the page held this key before or the contract left the row out. Throws DUPLICATE or UNDECIDED. */
  add(record: JsonObject, columns: Target, appended?: JsonObject): boolean;
  rollback(): void;
  take(): { readonly chain: TableChain; readonly jobs: readonly LoadJob[] };
}

/** A shape is forgotten once it may remember so many keys without a column. */
const MOST_BEYOND = 10_000;

/** Compiles the encoder of one chain against the schema as it is. */
export function chainEncoder(options: ChainOptions, schema: Schema): ChainEncoder {
  const newShape = (): TableShape => rootShape(options.table, options.nesting);
  let shape = newShape();
  const state = openEncoding(options, schema);
  const sink = encodingSink(state);

  return {
    get bytes() {
      return [...state.byTable.values()].reduce((sum, { out }) => sum + out.length, 0);
    },
    get rows() {
      return state.byTable.get(options.table)?.out.rows ?? 0;
    },
    overflows: () =>
      [...state.byTable]
        .map(([table, encoder]) => ({ table, rows: encoder.overflow.rows() }))
        .filter(({ rows }) => rows > 0),
    pageIds: () => state.pageIds,
    beginPage: (page) => {
      beginPage(state, page);
      if (state.beyond < MOST_BEYOND) return;
      state.beyond = 0;
      state.encoders.clear();
      shape = newShape();
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
      rollback(state);
    },
    take: () => takeChain(state),
  };
}

function beginPage(state: Encoding, page: RecordReading): void {
  state.page = page;
  for (const id of state.pageIds) state.packageIds.add(id);
  state.pageIds = new Set();
  state.marks.clear();
  state.sorted?.beginPage();
  for (const encoder of state.byTable.values()) {
    encoder.beginPage(page.limitBytes);
    state.marks.set(encoder, encoder.out.mark());
  }
}

function rollback({ pageIds, sorted, byTable, marks }: Encoding): void {
  pageIds.clear();
  sorted?.rollback();
  for (const encoder of byTable.values()) {
    encoder.clear();
    encoder.out.reset(marks.get(encoder) ?? { length: 0, rows: 0 });
  }
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
    page: { reading: EXACT, loadId: '', limitBytes: 0 },
    current: undefined,
    sorted: sortedRowsOf(options, schema),
    numbered: 0,
    hasLooseKeys: false,
    beyond: 0,
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
