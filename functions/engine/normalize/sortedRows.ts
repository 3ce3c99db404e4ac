import type { ResourceSpec } from '../model/resource.ts';
import type { DataType } from '../model/schema.ts';
import { coerce, type Coerced, IMPOSSIBLE } from './coerce.ts';
import type { TableEncoder } from './tableEncoder.ts';
import type { Mark } from './tupleWriter.ts';

/** How one of several rows with the same id is chosen. */
export type RowSort = NonNullable<ResourceSpec['dedupSort']>;

/** The root rows of a package in which ids may repeat; only the best of each is handed over. */
export interface SortedRows {
  /** Takes note of the root row whose slots are filled. */
  begin(id: string, encoder: TableEncoder): void;
  /** The row and all rows below it have been written. */
  end(encoders: Iterable<TableEncoder>): void;
  /** Remembers where a page begins; `rollback` returns there. */
  beginPage(): void;
  rollback(): void;
  /** Takes what a table has of the rows that stay; call `clear` once every table was taken. */
  take(encoder: TableEncoder): { readonly rows: number; readonly tuples: readonly Buffer[] };
  clear(): void;
}

interface SortedRow {
  readonly id: string;
  readonly value: Coerced;
  /** How far each table had been written when the row ended. */
  readonly ends: ReadonlyMap<TableEncoder, Mark>;
}

const START: Mark = { length: 0, rows: 0 };

/** Opens the rows of one package. `type` is that of the column to sort by; undefined when it does not exist. */
export function sortedRows(sort: RowSort, type: DataType | undefined): SortedRows {
  const rows: SortedRow[] = [];
  let current: Omit<SortedRow, 'ends'> = { id: '', value: null };
  let pageStart = 0;
  let losers: ReadonlySet<SortedRow> | undefined;

  return {
    begin: (id, encoder) => {
      const value = encoder.valueAt(encoder.indexOf(sort.column)) ?? null;
      current = { id, value: type === undefined ? null : sortable(value, type) };
    },
    end: (encoders) => {
      const ends = new Map([...encoders].map((encoder) => [encoder, encoder.out.mark()]));
      rows.push({ ...current, ends });
    },
    beginPage: () => {
      pageStart = rows.length;
    },
    rollback: () => {
      rows.length = pageStart;
    },
    take: (encoder) => {
      const gone = (losers ??= losersOf(rows, sort));
      const ends = rows.map((row) => ({
        ...(row.ends.get(encoder) ?? START),
        stays: !gone.has(row),
      }));
      return withoutLosers(encoder, ends);
    },
    clear: () => {
      rows.length = 0;
      pageStart = 0;
      losers = undefined;
    },
  };
}

function losersOf(rows: readonly SortedRow[], { keep }: RowSort): ReadonlySet<SortedRow> {
  const best = new Map<string, SortedRow>();
  const losers = new Set<SortedRow>();
  for (const row of rows) {
    const standing = best.get(row.id);
    const order = standing === undefined ? 0 : compare(row.value, standing.value);
    const isBest = standing === undefined || (keep === 'highest' ? order > 0 : order < 0);
    if (isBest) best.set(row.id, row);
    const loser = isBest ? standing : row;
    if (loser !== undefined) losers.add(loser);
  }
  return losers;
}

/** The tuples of one table, whose rows end at `ends`, without those of the rows that do not stay. */
function withoutLosers(
  { out }: TableEncoder,
  ends: readonly (Mark & { readonly stays: boolean })[],
): ReturnType<SortedRows['take']> {
  let [rows, from, before] = [0, 0, START];
  const kept: (readonly [number, number])[] = [];
  for (const end of ends) {
    if (end.stays) rows += end.rows - before.rows;
    else {
      kept.push([from, before.length]);
      from = end.length;
    }
    before = end;
  }
  kept.push([from, before.length]);
  const whole = out.take();
  const tuples = kept.filter(([start, end]) => end > start);
  return { rows, tuples: tuples.map(([start, end]) => whole.subarray(start, end)) };
}

/** The value as the column has it; what stands in another column is null in this one. */
function sortable(value: Coerced, type: DataType): Coerced {
  const coerced = coerce(value, type);
  if (coerced === IMPOSSIBLE) return null;
  return type === 'decimal' && typeof coerced === 'string' ? scaled(coerced) : coerced;
}

const FRACTION_DIGITS = 40;

function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.slice(0, FRACTION_DIGITS).padEnd(FRACTION_DIGITS, '0'));
}

/** As PostgreSQL sorts: null is above everything. Texts by their bytes; objects and lists are all equal. */
function compare(left: Coerced, right: Coerced): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (typeof left === 'object' || typeof right === 'object') return 0;
  return Number(left > right) - Number(left < right);
}
