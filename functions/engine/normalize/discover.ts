import type { JsonValue } from '../model/json.ts';
import type { ColumnSchema, DataType, Schema, SchemaUpdate } from '../model/schema.ts';
import { coerce, IMPOSSIBLE } from './coerce.ts';
import type { RowLink, RowSink } from './flatten.ts';
import { inferType, valueKind } from './infer.ts';
import type { Field, TableShape } from './shape.ts';
import { variantName } from './tableEncoder.ts';

interface Draft {
  readonly name: string;
  readonly parent: string | undefined;
  readonly known: Map<string, DataType>;
  readonly added: ColumnSchema[];
}

/** What the root table must begin with and which link columns its children have. */
export interface DiscoverOptions {
  /** Columns of the key: first in a new table, in this order. */
  readonly primaryKey: readonly string[];
  /** Columns of the key that never hold null, whatever resource fills the table. */
  readonly required: ReadonlySet<string>;
  readonly rootIds: 'in-children' | 'none';
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

/** Starts a discovery against the schema as it is; records must have been read exactly. */
export function discovery(schema: Schema, options: DiscoverOptions): Discovery {
  const drafts = new Map<string, Draft>();
  const draftOf = (shape: TableShape): Draft => {
    const seen = drafts.get(shape.table);
    if (seen !== undefined) return seen;
    const columns = [...(schema.get(shape.table)?.columns.values() ?? [])];
    const known = new Map(columns.map(({ name, type }) => [name, type]));
    const draft = { name: shape.table, parent: shape.parent, known, added: [] };
    drafts.set(shape.table, draft);
    return draft;
  };
  const nullable = (column: string): boolean => !options.required.has(column);

  return {
    typeOf: (table, column) =>
      drafts.get(table)?.known.get(column) ?? schema.get(table)?.columns.get(column)?.type,
    beginRow: draftOf,
    place: (shape, field, value) => {
      placeValue(draftOf(shape), field, value, shape.parent === undefined ? nullable : () => true);
    },
    endRow: (shape, link) => {
      addSystemColumns(draftOf(shape), link, options);
      return '';
    },
    update: () => ({
      tables: [...drafts.values()]
        .filter(({ added }) => added.length > 0)
        .map((draft) => ({
          name: draft.name,
          ...(draft.parent === undefined ? {} : { parent: draft.parent }),
          columns: keyFirst(draft, schema, options.primaryKey),
        })),
    }),
  };
}

function placeValue(
  draft: Draft,
  { column }: Field,
  value: JsonValue,
  nullable: (column: string) => boolean,
): void {
  const type = draft.known.get(column);
  if (type === undefined) {
    const inferred = inferType(value);
    if (inferred !== undefined)
      add(draft, { name: column, type: inferred, nullable: nullable(column) });
    return;
  }
  if (coerce(value, type) !== IMPOSSIBLE) return;
  const variant = variantName(column, value);
  if (draft.known.has(variant)) return;
  const variantType = TYPES_OF_KINDS[valueKind(value)] ?? 'text';
  add(draft, { name: variant, type: variantType, nullable: true, variant: true });
}

function addSystemColumns(
  draft: Draft,
  link: RowLink | undefined,
  { rootIds }: DiscoverOptions,
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
    if (!draft.known.has(name)) add(draft, { name, type, nullable: false });
  }
}

function add(draft: Draft, column: ColumnSchema): void {
  draft.known.set(column.name, column.type);
  draft.added.push(column);
}

/** dlt puts declared columns before discovered ones when it makes a table. */
function keyFirst(
  draft: Draft,
  schema: Schema,
  primaryKey: readonly string[],
): readonly ColumnSchema[] {
  if (draft.parent !== undefined || schema.has(draft.name)) return draft.added;
  const rank = ({ name }: ColumnSchema): number => {
    const at = primaryKey.indexOf(name);
    return at === -1 ? primaryKey.length : at;
  };
  return draft.added.toSorted((left, right) => rank(left) - rank(right));
}
