import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, ContractMode, DataType, TableSchema } from '../model/schema.ts';
import { OVERSIZE, UNDECIDED } from './detour.ts';
import { type Encoder, ENCODERS, type Reading } from './encode.ts';
import { valueKind } from './infer.ts';
import { shortenFragments } from './naming.ts';
import { OVERFLOW_COLUMN, type OverflowSlot, overflowSlot } from './overflow.ts';
import { TupleWriter } from './tupleWriter.ts';

/** Rows of one table under one version of its schema: values are put into slots, then written as a tuple. */
export interface TableEncoder {
  readonly columns: readonly string[];
  readonly out: TupleWriter;
  /** -1 when the table has no such column. */
  indexOf(column: string): number;
  /** False when the slot is taken: two keys of the row have the same name. */
  put(index: number, value: JsonValue): boolean;
  valueAt(index: number): JsonValue | undefined;
  typeAt(index: number): DataType | undefined;
  readonly overflow: OverflowSlot;
  /** Begins a page, which may write so many bytes. */
  beginPage(limitBytes: number): void;
  /**
   * Writes the slots as one tuple and empties them; false when the row is left out. Throws UNDECIDED when a value fits
   * no column and `unfit` does not say what becomes of it, OVERSIZE once the page has written too much.
   */
  writeRow(reading: Reading, unfit: ContractMode): boolean;
  /** Leaves out the row whose slots are being filled. */
  leaveOut(): void;
  /** Empties the slots without writing them. */
  clear(): void;
}

/** Compiles the encoder of a table; the overflow column stands last, because every other may fill it. */
export function tableEncoder(schema: TableSchema, fixed: ReadonlySet<string>): TableEncoder {
  const columns = inWritingOrder(schema);
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  indexes.delete(OVERFLOW_COLUMN);
  const written = columns.map((column) => ({ column, encode: ENCODERS[column.type] }));
  const slots = new Array<JsonValue | undefined>(columns.length).fill(undefined);
  const out = new TupleWriter();
  const overflow = overflowSlot(schema, fixed, slots);
  let isLeftOut = false;
  let end = Infinity;
  const indexOf = (column: string): number => indexes.get(column) ?? -1;

  return {
    columns: columns.map(({ name }) => name),
    out,
    overflow,
    beginPage: (limitBytes) => {
      end = out.length + limitBytes;
      out.limit(limitBytes);
      overflow.beginPage();
    },
    indexOf,
    put: (index, value) => {
      const isFree = slots[index] === undefined;
      slots[index] = value;
      return isFree;
    },
    valueAt: (index) => slots[index],
    typeAt: (index) => columns[index]?.type,
    leaveOut: () => void (isLeftOut = true),
    writeRow: (reading, unfit) => {
      const { length, rows } = out;
      const row = { slots, indexOf, overflow, reading, unfit };
      if (writeSlots(out, written, row) === 'discard_row') isLeftOut = true;
      if (out.length > end) throw OVERSIZE;
      overflow.endRow(isLeftOut ? 'left-out' : 'written');
      if (!isLeftOut) return true;
      isLeftOut = false;
      out.reset({ length, rows });
      return false;
    },
    clear: () => {
      slots.fill(undefined);
      overflow.endRow('left-out');
      isLeftOut = false;
    },
  };
}

function inWritingOrder({ columns }: TableSchema): readonly ColumnSchema[] {
  const overflow = columns.get(OVERFLOW_COLUMN);
  if (overflow === undefined) return [...columns.values()];
  return [...[...columns.values()].filter((column) => column !== overflow), overflow];
}

/** What the contract says about a value that has no column; only the exact reading can know that it has none. */
function withoutColumn(reading: Reading, unfit: ContractMode): ContractMode {
  if (!reading.exact || unfit === 'evolve' || unfit === 'freeze') throw UNDECIDED;
  return unfit;
}

interface WrittenColumn {
  readonly column: ColumnSchema;
  readonly encode: Encoder;
}

/** Writes the slots and empties them; `discard_row` when the contract does not want the row. */
function writeSlots(
  out: TupleWriter,
  columns: readonly WrittenColumn[],
  row: Row,
): 'evolve' | 'discard_row' {
  let outcome: 'evolve' | 'discard_row' = 'evolve';
  out.begin(columns.length);
  for (let index = 0; index < columns.length; index += 1) {
    const value = row.slots[index];
    if (value === undefined) {
      out.null();
      continue;
    }
    row.slots[index] = undefined;
    const { encode, column } = columns[index] as WrittenColumn;
    if (encode(value, out, row.reading)) continue;
    out.null();
    if (placeUnfit({ column, value, index }, row) === 'discard_row') outcome = 'discard_row';
  }
  return outcome;
}

interface Unfitting {
  readonly column: ColumnSchema;
  readonly value: JsonValue;
  readonly index: number;
}

interface Row {
  readonly slots: (JsonValue | undefined)[];
  readonly indexOf: (column: string) => number;
  readonly overflow: OverflowSlot;
  readonly reading: Reading;
  readonly unfit: ContractMode;
}

/** A value of another type goes into the column `<name>__v_<kind>` further right, else where the contract says. */
function placeUnfit({ column, value, index }: Unfitting, row: Row): ContractMode {
  const { slots, indexOf, overflow, reading, unfit } = row;
  if (!reading.exact && typeof value === 'number' && Number.isInteger(value)) throw UNDECIDED;
  const name = variantName(column.name, value);
  const variant = indexOf(name);
  if (variant > index) {
    slots[variant] = value;
    return 'evolve';
  }
  if (unfit === 'evolve' && overflow.put(name, value)) return 'evolve';
  return withoutColumn(reading, unfit);
}

/** The column that holds values of this value's type where `column` has another type. */
export function variantName(column: string, value: JsonValue): string {
  return shortenFragments([column, `v_${valueKind(value)}`]);
}
