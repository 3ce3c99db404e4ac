import type { JsonValue } from '../model/json.ts';
import type { DeclaredColumn } from '../model/resource.ts';
import type { ColumnCause, ColumnSchema, DataType, Schema, SchemaUpdate } from '../model/schema.ts';
import { coerce, IMPOSSIBLE } from './coerce.ts';
import type { Collision } from './collisions.ts';
import type { ContractKeeper, Verdict } from './contract.ts';
import type { RowLink, RowSink } from './flatten.ts';
import { inferType, valueKind } from './infer.ts';
import { requireColumns, requireShallow, requireTables } from './recordLimits.ts';
import { missingKey } from './rowKey.ts';
import type { Field, TableShape } from './shape.ts';
import { shownValue } from './shownValue.ts';
import { variantName } from './tableEncoder.ts';

interface Draft {
  readonly name: string;
  readonly parent: string | undefined;
  readonly known: Map<string, DataType>;
  readonly added: ColumnSchema[];
  readonly causes: Map<string, ColumnCause>;
  /** The table does not exist: `rows` counts those found, because a child is new for its first row only. */
  readonly isNew: boolean;
  rows: number;
}

/** What the root table must begin with and which link columns its children have. */
export interface DiscoverOptions {
  /** First in a new table, in this order. */
  readonly declared: readonly DeclaredColumn[];
  /** Columns of the key that never hold null, whatever resource fills the table. */
  readonly required: ReadonlySet<string>;
  /** What the id of a root row is made of: a record must have values for all of it. */
  readonly idOf: readonly string[];
  readonly rootIds: 'in-children' | 'none';
  /** Whether several root rows may have the same id: versions of one. */
  readonly repeatedIds: 'allowed' | 'refused';
  readonly contract: ContractKeeper;
  /** Columns that the loader adds to the root table by itself; no contract speaks of them. */
  readonly own: ReadonlySet<string>;
  /** Names of the record's fields whose values nobody may see. */
  readonly secrets: ReadonlySet<string>;
  /** The root table did not exist when this invocation began, so it may get columns whatever the contract says. */
  readonly rootAge: 'new' | 'known';
  readonly collided: (collision: Collision) => void;
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

/** dlt's own columns never hold null, also where a record brings values for them, which are overwritten. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  '_dlt_id',
  '_dlt_load_id',
  '_dlt_root_id',
  '_dlt_parent_id',
  '_dlt_list_idx',
]);

/**
 * Starts a discovery against the schema as it is; records must have been read exactly. Throws E_VALUE for one that no
 * columns could hold.
 */
export function discovery(schema: Schema, options: DiscoverOptions): Discovery {
  const drafts = new Map<string, Draft>();
  let newTables = 0;
  const { contract, collided } = options;
  const draftOf = (shape: TableShape): Draft => {
    const seen = drafts.get(shape.table);
    if (seen !== undefined) return seen;
    const draft = newDraft(shape, schema);
    drafts.set(shape.table, draft);
    if (draft.isNew) newTables += 1;
    requireTables(shape.fragments[0] ?? '', newTables);
    if (shape.parent === undefined) declare(draft, options);
    return draft;
  };
  const isKnown = (table: string): boolean => schema.has(table) || drafts.has(table);
  let isLeftOut = false;
  let lackingKey = new Set<string>();

  return {
    typeOf: (table, column) =>
      drafts.get(table)?.known.get(column) ?? schema.get(table)?.columns.get(column)?.type,
    collided,
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

function updateOf({ name, parent, added, causes }: Draft): SchemaUpdate['tables'][number] {
  return { name, ...(parent === undefined ? {} : { parent }), columns: added, causes };
}

/** A value at its place in a record. */
interface Placed {
  readonly shape: TableShape;
  readonly field: Field;
  readonly value: JsonValue;
}

/** Adds the column that a value needs and the table lacks, if the contract lets it. */
function placeValue(draft: Draft, placed: Placed, options: DiscoverOptions): Verdict {
  const { value, field } = placed;
  const missing = missingColumn(draft.known, field.column, value);
  return missing === undefined ? 'add' : addColumn(draft, { ...placed, missing }, options);
}

function addColumn(
  draft: Draft,
  placed: Placed & { readonly missing: Omit<ColumnSchema, 'nullable'> },
  { contract, required, rootAge, secrets, own }: DiscoverOptions,
): Verdict {
  const { value, missing } = placed;
  const { column } = placed.field;
  const isVariant = missing.variant === true;
  const shown = (): string => shownValue(value, { path: pathTo(placed), secrets });
  const at = { table: draft.name, column, shown };
  const isRoot = draft.parent === undefined;
  const isFree = isRoot && (rootAge === 'new' || own.has(column));
  const mayGrow = isFree || (draft.isNew && draft.rows === 1);
  const verdict = verdictOn(contract, at, { isVariant, mayGrow });
  if (verdict !== 'add') return verdict;
  const isKey = isRoot && required.has(column);
  requireColumns(draft.name, draft.known.size + 1);
  const nullable = isVariant || !(isKey || SYSTEM_COLUMNS.has(column));
  add(draft, { ...missing, nullable });
  draft.causes.set(missing.name, { sample: shown(), ...(isVariant ? { beside: column } : {}) });
  return 'add';
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

function newDraft({ table, parent }: TableShape, schema: Schema): Draft {
  const columns = [...(schema.get(table)?.columns.values() ?? [])];
  const known = new Map(columns.map(({ name, type }) => [name, type]));
  const found = { added: [], causes: new Map<string, ColumnCause>() };
  return { name: table, parent, known, ...found, isNew: !schema.has(table), rows: 0 };
}

function declare(draft: Draft, { declared, required }: DiscoverOptions): void {
  for (const { name, type } of declared) {
    if (!draft.known.has(name)) add(draft, { name, type, nullable: !required.has(name) });
  }
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

function addSystemColumns(
  draft: Draft,
  link: RowLink | undefined,
  { rootIds, repeatedIds }: DiscoverOptions,
): void {
  const names: (readonly [string, DataType])[] =
    link === undefined
      ? [['_dlt_load_id', 'text']]
      : [
          ...(rootIds === 'in-children' ? ([['_dlt_root_id', 'text']] as const) : []),
          ['_dlt_parent_id', 'text'],
          ['_dlt_list_idx', 'bigint'],
        ];
  for (const [name, type] of [...names, ['_dlt_id', 'text'] as const]) {
    if (draft.known.has(name)) continue;
    const repeats = name === '_dlt_id' && link === undefined && repeatedIds === 'allowed';
    add(draft, { name, type, nullable: false, ...(repeats ? { repeats } : {}) });
  }
}

function add(draft: Draft, column: ColumnSchema): void {
  draft.known.set(column.name, column.type);
  draft.added.push(column);
}
