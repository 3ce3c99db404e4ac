import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, TableSchema } from '../model/schema.ts';
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
  put(index: number, value: JsonValue): void;
  valueAt(index: number): JsonValue | undefined;
  /** Writes the slots as one tuple and empties them. Throws UNDECIDED when a value fits no column. */
  writeRow(reading: Reading): void;
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
  const indexOf = (column: string): number => indexes.get(column) ?? -1;

  return {
    columns: columns.map(({ name }) => name),
    out,
    indexOf,
    put: (index, value) => {
      slots[index] = value;
    },
    valueAt: (index) => slots[index],
    writeRow: (reading) => {
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
        moveToVariant({ column: columns[index], value, index }, slots, indexOf, reading);
      }
    },
    clear: () => {
      slots.fill(undefined);
    },
  };
}

/** A value of another type goes into the column `<name>__v_<kind>` further right. */
function moveToVariant(
  {
    column,
    value,
    index,
  }: {
    readonly column: ColumnSchema | undefined;
    readonly value: JsonValue;
    readonly index: number;
  },
  slots: (JsonValue | undefined)[],
  indexOf: (column: string) => number,
  reading: Reading,
): void {
  if (
    column === undefined ||
    (!reading.exact && typeof value === 'number' && Number.isInteger(value))
  ) {
    throw UNDECIDED;
  }
  const variant = indexOf(variantName(column.name, value));
  if (variant <= index) throw UNDECIDED;
  slots[variant] = value;
}

/** The column that holds values of this value's type where `column` has another type. */
export function variantName(column: string, value: JsonValue): string {
  return shortenFragments([column, `v_${valueKind(value)}`]);
}
