import { type LoaderError } from '../model/errors.ts';
import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, DataType, Schema, SchemaUpdate } from '../model/schema.ts';
import type { BeyondDoubles } from './beyondDouble.ts';
import { coerce, IMPOSSIBLE } from './coerce.ts';
import type { Collision } from './collisions.ts';
import type { ContractKeeper, Verdict } from './contract.ts';
import type { RowSink } from './flatten.ts';
import { inferType, valueKind } from './infer.ts';
import { OVERFLOW_COLUMN, OVERFLOW_SCHEMA } from './overflow.ts';
import { requireShallow, requireTables } from './recordLimits.ts';
import { missingKey, unfitKey } from './rowKey.ts';
import type { Field, TableShape } from './shape.ts';
import { shownValue } from './shownValue.ts';
import { isSystemColumn } from './systemColumns.ts';
import {
  addColumnTo,
  addSystemColumns,
  isOverflowing,
  newDraft,
  type TableDraft,
  type TableOptions,
} from './tableDraft.ts';
import { variantName } from './tableEncoder.ts';

/** What is known beforehand of the records and their tables. */
export interface DiscoverOptions extends TableOptions {
  /** What the id of a root row is made of: a record must have values for all of it. */
  readonly idOf: readonly string[];
  readonly contract: ContractKeeper;
  /** Columns that the loader adds to the root table by itself; no contract speaks of them. */
  readonly own: ReadonlySet<string>;
  /** Names of the record's fields whose values nobody may see. */
  readonly secrets: ReadonlySet<string>;
  /** The root table did not exist when this invocation began, so it may get columns whatever the contract says. */
  readonly rootAge: 'new' | 'known';
  readonly collided: (collision: Collision) => void;
  readonly lostDigits: (found: BeyondDoubles) => void;
}

/** A sink that finds the columns and tables which records need and the schema lacks. */
export interface Discovery extends RowSink {
  /** What was found so far; tables in the order of their first row, parents first. */
  update(): SchemaUpdate;
}

const TYPES_OF_KINDS: Readonly<Record<string, DataType>> = {
  text: 'text',
  bigint: 'bigint',
  double: 'double',
  bool: 'bool',
  json: 'json',
  decimal: 'decimal',
};

/**
 * Starts a discovery against the schema as it is; records must have been read exactly. Throws E_VALUE for one that no
 * columns could hold.
 */
export function discovery(schema: Schema, options: DiscoverOptions): Discovery {
  const drafts = new Map<string, TableDraft>();
  let newTables = 0;
  const { contract, collided, lostDigits } = options;
  const draftOf = (shape: TableShape): TableDraft => {
    const seen = drafts.get(shape.table);
    if (seen !== undefined) return seen;
    const draft = newDraft(shape, schema, options);
    drafts.set(shape.table, draft);
    if (draft.isNew) newTables += 1;
    requireTables(shape.fragments[0] ?? '', newTables);
    return draft;
  };
  const isKnown = (table: string): boolean => schema.has(table) || drafts.has(table);
  let isLeftOut = false;
  let lackingKey = new Set<string>();

  return {
    typeOf: (table, column) =>
      drafts.get(table)?.known.get(column) ?? schema.get(table)?.columns.get(column)?.type,
    collided,
    lostDigits,
    beginRow: (shape) => {
      if (!isKnown(shape.table) && contract.table(shape.table) !== 'add') return 'leave-out';
      draftOf(shape).rows += 1;
      isLeftOut = false;
      if (shape.parent === undefined) lackingKey = new Set(options.idOf);
      return 'take';
    },
    place: (shape, field, value) => {
      if (typeof value === 'object') requireShallow(value);
      if (shape.parent === undefined) lackingKey.delete(field.column);
      const verdict = placeValue(draftOf(shape), { shape, field, value }, options);
      isLeftOut ||= verdict === 'discard_row';
    },
    endRow: (shape, link) => {
      const [lacking] = lackingKey;
      if (link === undefined && lacking !== undefined) throw missingKey(shape.table, lacking);
      addSystemColumns(draftOf(shape), link, options);
      return isLeftOut ? undefined : '';
    },
    update: () => ({
      tables: [...drafts.values()].filter(({ added }) => added.length > 0).map(updateOf),
    }),
  };
}

function updateOf(draft: TableDraft): SchemaUpdate['tables'][number] {
  const { name, parent, added, causes, fixed } = draft;
  return { name, ...(parent === undefined ? {} : { parent }), columns: added, causes, fixed };
}

/** A value at its place in a record. */
interface Placed {
  readonly shape: TableShape;
  readonly field: Field;
  readonly value: JsonValue;
}

/** Whether a value is part of the key and does not fit its column; no other column can hold it then. */
function isUnfitKey(
  { parent, known }: TableDraft,
  { field: { column }, value }: Placed,
  { idOf, required }: DiscoverOptions,
): boolean {
  if (parent !== undefined || !(required.has(column) || idOf.includes(column))) return false;
  const type = known.get(column);
  return type !== undefined && coerce(value, type) === IMPOSSIBLE;
}

/** What is thrown for such a record; a contract that freezes types comes first. */
function unfitAsKey(
  { name: table, known }: TableDraft,
  placed: Placed,
  { contract, secrets }: DiscoverOptions,
): LoaderError {
  const { value, field } = placed;
  const shown = (): string => shownValue(value, { path: pathTo(placed), secrets });
  const { column } = field;
  contract.dataType({ table, column, shown });
  return unfitKey({ table, column, shown: shown(), expected: known.get(column) ?? 'text' });
}

/** Adds the column that a value needs and the table lacks, if the contract lets it. */
function placeValue(draft: TableDraft, placed: Placed, options: DiscoverOptions): Verdict {
  const { value, field } = placed;
  if (isUnfitKey(draft, placed, options)) {
    // Beside the type that this page's column has just got, the page is tried again once the table has it.
    if (draft.added.some(({ name }) => name === field.column)) return 'add';
    throw unfitAsKey(draft, placed, options);
  }
  const missing =
    field.column === OVERFLOW_COLUMN
      ? OVERFLOW_SCHEMA
      : missingColumn(draft.known, field.column, value);
  return missing === undefined ? 'add' : addColumn(draft, { ...placed, missing }, options);
}

interface Lacking extends Placed {
  readonly missing: Omit<ColumnSchema, 'nullable'>;
}

function addColumn(draft: TableDraft, lacking: Lacking, options: DiscoverOptions): Verdict {
  const { value, missing, field } = lacking;
  const shown = (): string =>
    shownValue(value, { path: pathTo(lacking), secrets: options.secrets });
  const overflows = isOverflowing(draft, missing.name);
  const isVariant = missing.variant === true;
  // A contract may let a new table grow, but not beyond its end.
  const mayGrow = !overflows && isGrowing(draft, field.column, options);
  const at = { table: draft.name, column: field.column, shown };
  const verdict = verdictOn(options.contract, at, { isVariant, mayGrow });
  if (verdict !== 'add') return verdict;
  const added = overflows ? OVERFLOW_SCHEMA : withNullability(draft, lacking, options);
  if (draft.known.has(added.name)) return 'add';
  addColumnTo(draft, added);
  const beside = isVariant && !overflows ? { beside: field.column } : {};
  draft.causes.set(added.name, { sample: shown(), ...beside });
  return 'add';
}

/** Whether the table may get a column whatever the contract says. */
function isGrowing(draft: TableDraft, column: string, { rootAge, own }: DiscoverOptions): boolean {
  const isFree = draft.parent === undefined && (rootAge === 'new' || own.has(column));
  return isFree || (draft.isNew && draft.rows === 1);
}

function withNullability(
  draft: TableDraft,
  { missing, field: { column } }: Lacking,
  { required }: DiscoverOptions,
): ColumnSchema {
  const isKey = draft.parent === undefined && required.has(column);
  const nullable = missing.variant === true || !(isKey || isSystemColumn(column));
  return { ...missing, nullable };
}

/** The names that lead from the record to a value, in full where the names of table and column are shortened. */
function pathTo({ shape, field }: Placed): readonly string[] {
  return [...shape.fragments.slice(1), ...field.members.fragments];
}

function verdictOn(
  contract: ContractKeeper,
  at: Parameters<ContractKeeper['column']>[0],
  { isVariant, mayGrow }: { readonly isVariant: boolean; readonly mayGrow: boolean },
): Verdict {
  if (isVariant) return contract.dataType(at);
  return mayGrow ? 'add' : contract.column(at);
}

/** The column that the value needs and the table lacks: its own, or one for values of another type. */
function missingColumn(
  known: ReadonlyMap<string, DataType>,
  column: string,
  value: JsonValue,
): Omit<ColumnSchema, 'nullable'> | undefined {
  const type = known.get(column);
  if (type === undefined) {
    const inferred = inferType(value);
    return inferred === undefined ? undefined : { name: column, type: inferred };
  }
  if (coerce(value, type) !== IMPOSSIBLE) return undefined;
  const name = variantName(column, value);
  if (known.has(name)) return undefined;
  return { name, type: TYPES_OF_KINDS[valueKind(value)] ?? 'text', variant: true };
}
