import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ChainRules } from '../model/rows.ts';
import type { Schema, SchemaContract } from '../model/schema.ts';
import type { RecordReading } from './addedPage.ts';
import { DUPLICATE, REPEATED, UNDECIDED } from './detour.ts';
import type { RowLink, RowSink } from './flatten.ts';
import { rootId } from './rootId.ts';
import { childId } from './rowId.ts';
import type { Field, TableShape } from './shape.ts';
import type { RowSort, SortedRows } from './sortedRows.ts';
import { CHILD_SYSTEM_COLUMNS } from './systemColumns.ts';
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
  /** Columns of the root table that are never in its overflow column. */
  readonly fixed: ReadonlySet<string>;
}

/** What a chain has encoded so far, and of which page. */
export interface Encoding {
  readonly schema: Schema;
  readonly options: ChainOptions;
  readonly encoders: Map<TableShape, TableEncoder>;
  /** Two keys of one name have two shapes and one table. */
  readonly byTable: Map<string, TableEncoder>;
  readonly marks: Map<TableEncoder, Mark>;
  readonly packageIds: Set<string>;
  pageIds: Set<string>;
  page: RecordReading;
  current: TableEncoder | undefined;
  readonly sorted: SortedRows | undefined;
  /** Root rows with an id from the time that were written into the package. */
  numbered: number;
  /** Whether a row of the package may have the key of a stored row and another id. */
  hasLooseKeys: boolean;
  /** Values without a column since the shape was made, which remembers each of their keys. */
  beyond: number;
}

/** Writes the rows that a record is taken apart into. Throws UNDECIDED, DUPLICATE and REPEATED. */
export function encodingSink(state: Encoding): RowSink {
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
          placeBeyond(state, { field, value });
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

/** Places a value for which the table has no column. */
function placeBeyond(
  state: Encoding,
  { field, value }: { readonly field: Field; readonly value: JsonValue },
): void {
  const encoder = state.current as TableEncoder;
  const { columns } = state.options.contract;
  state.beyond += 1;
  if (columns === 'evolve') {
    if (!encoder.overflow.put(field.column, value)) throw UNDECIDED;
    return;
  }
  // What the exact reading finds no column for is what the contract did not let in.
  if (!state.page.reading.exact) throw UNDECIDED;
  if (columns === 'discard_row') encoder.leaveOut();
}

function newEncoder(state: Encoding, shape: TableShape): TableEncoder | undefined {
  const table = state.schema.get(shape.table);
  if (table === undefined) {
    const { contract } = state.options;
    if (state.page.reading.exact && contract.tables !== 'evolve') return undefined;
    throw UNDECIDED;
  }
  const fixed = table.parent === undefined ? state.options.fixed : CHILD_SYSTEM_COLUMNS;
  const known = state.byTable.get(shape.table);
  const encoder = known ?? tableEncoder(table, fixed);
  if (known === undefined) encoder.beginPage(state.page.limitBytes);
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
