import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, Schema, SchemaUpdate, TableSchema } from '../model/schema.ts';

/** How many columns a table gets beside its overflow column; PostgreSQL takes 1,600. */
export const MOST_COLUMNS = 400;

/** The json column with the values for which a table has no more columns, by the names of those. */
export const OVERFLOW_COLUMN = '_overflow';

/** The column as it is added to a table that is full. */
export const OVERFLOW_SCHEMA: ColumnSchema = {
  name: OVERFLOW_COLUMN,
  type: 'json',
  nullable: true,
};

/** How many columns a table may still get, after those that it must have whatever its records hold. */
export function columnsLeft(known: Iterable<string>, fixed: ReadonlySet<string>): number {
  const names = new Set([...fixed, ...known]);
  names.delete(OVERFLOW_COLUMN);
  return MOST_COLUMNS - names.size;
}

/**
 * The part of an update for which the tables have room as they are now: others may have added columns since it was planned.
 * The values of columns that are left out go to the overflow column when their rows are encoded.
 */
export function fitting({ tables }: SchemaUpdate, live: Schema): SchemaUpdate {
  const fitted = tables.map((table) => {
    const existing = live.get(table.name);
    return existing === undefined ? table : { ...table, columns: fittingColumns(table, existing) };
  });
  return { tables: fitted.filter(({ columns }) => columns.length > 0) };
}

function fittingColumns(
  { columns, fixed = new Set() }: SchemaUpdate['tables'][number],
  { columns: known }: TableSchema,
): readonly ColumnSchema[] {
  let left = columnsLeft(known.keys(), fixed);
  return columns.filter(({ name }) => {
    if (known.has(name) || fixed.has(name) || name === OVERFLOW_COLUMN) return true;
    left -= 1;
    return left >= 0;
  });
}

/** How many rows of a page have values in the overflow column of one table. */
export interface OverflowedRows {
  readonly table: string;
  readonly rows: number;
}

/** The overflow column of the row that is being filled. */
export interface OverflowSlot {
  /** Puts a value that has no column; false when the table may still get one, or the name is taken. */
  put(column: string, value: JsonValue): boolean;
  /** Counts the row where it is `written`. */
  endRow(outcome: 'written' | 'left-out'): void;
  /** Rows with an overflow since `beginPage`. */
  rows(): number;
  beginPage(): void;
}

/** Opens the overflow column of a table, whose values stand in the last of `slots`. */
export function overflowSlot(
  { columns }: TableSchema,
  fixed: ReadonlySet<string>,
  slots: (JsonValue | undefined)[],
): OverflowSlot {
  const last = slots.length - 1;
  const exists = columns.has(OVERFLOW_COLUMN);
  const isFull = columnsLeft(columns.keys(), fixed) <= 0;
  let values: Record<string, JsonValue> | undefined;
  let rows = 0;
  return {
    put: (column, value) => {
      const overflows = column === OVERFLOW_COLUMN || (isFull && !fixed.has(column));
      if (!exists || !overflows) return false;
      values ??= {};
      if (Object.hasOwn(values, column)) return false;
      values[column] = value;
      slots[last] = values;
      return true;
    },
    endRow: (outcome) => {
      if (values !== undefined && outcome === 'written') rows += 1;
      values = undefined;
    },
    rows: () => rows,
    beginPage: () => void (rows = 0),
  };
}
