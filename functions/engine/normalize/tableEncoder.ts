import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, ContractMode, DataType, TableSchema } from '../model/schema.ts';
import { UNDECIDED } from './detour.ts';
import { type Encoder, ENCODERS, type Reading } from './encode.ts';
import { valueKind } from './infer.ts';
import { shortenFragments } from './naming.ts';
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
  /**
   * Writes the slots as one tuple and empties them; false when the row is left out. Throws UNDECIDED when a value fits
   * no column and `unfit` does not say what becomes of it.
   */
  writeRow(reading: Reading, unfit: ContractMode): boolean;
  /** Leaves out the row whose slots are being filled. */
  leaveOut(): void;
  /** Empties the slots without writing them. */
  clear(): void;
}

/** Compiles the encoder of a table; columns stand in the order of the schema. */
export function tableEncoder(schema: TableSchema): TableEncoder {
  const columns = [...schema.columns.values()];
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  const encoders = columns.map(({ type }) => ENCODERS[type]);
  const slots = new Array<JsonValue | undefined>(columns.length).fill(undefined);
  const out = new TupleWriter();
  let isLeftOut = false;
  const indexOf = (column: string): number => indexes.get(column) ?? -1;

  return {
    columns: columns.map(({ name }) => name),
    out,
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
      out.begin(columns.length);
      for (let index = 0; index < columns.length; index += 1) {
        const value = slots[index];
        if (value === undefined) {
          out.null();
          continue;
        }
        slots[index] = undefined;
        const encode = encoders[index] as Encoder;
        if (encode(value, out, reading)) continue;
        out.null();
        const column = columns[index] as ColumnSchema;
        if (moveToVariant({ column, value, index }, { slots, indexOf, reading })) continue;
        isLeftOut ||= withoutColumn(reading, unfit) === 'discard_row';
      }
      if (!isLeftOut) return true;
      isLeftOut = false;
      out.reset({ length, rows });
      return false;
    },
    clear: () => {
      slots.fill(undefined);
      isLeftOut = false;
    },
  };
}

/** What the contract says about a value that has no column; only the exact reading can know that it has none. */
function withoutColumn(reading: Reading, unfit: ContractMode): ContractMode {
  if (!reading.exact || unfit === 'evolve' || unfit === 'freeze') throw UNDECIDED;
  return unfit;
}

/** A value of another type goes into the column `<name>__v_<kind>` further right; false when there is none. */
function moveToVariant(
  {
    column,
    value,
    index,
  }: { readonly column: ColumnSchema; readonly value: JsonValue; readonly index: number },
  {
    slots,
    indexOf,
    reading,
  }: {
    readonly slots: (JsonValue | undefined)[];
    readonly indexOf: (column: string) => number;
    readonly reading: Reading;
  },
): boolean {
  if (!reading.exact && typeof value === 'number' && Number.isInteger(value)) throw UNDECIDED;
  const variant = indexOf(variantName(column.name, value));
  if (variant <= index) return false;
  slots[variant] = value;
  return true;
}

/** The column that holds values of this value's type where `column` has another type. */
export function variantName(column: string, value: JsonValue): string {
  return shortenFragments([column, `v_${valueKind(value)}`]);
}
