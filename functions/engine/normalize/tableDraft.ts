import type { DeclaredColumn } from '../model/resource.ts';
import type { ColumnCause, ColumnSchema, DataType, Schema } from '../model/schema.ts';
import type { RowLink } from './flatten.ts';
import { columnsLeft, OVERFLOW_COLUMN } from './overflow.ts';
import type { TableShape } from './shape.ts';
import { CHILD_SYSTEM_COLUMNS } from './systemColumns.ts';

/** A table as records need it. */
export interface TableDraft {
  readonly name: string;
  readonly parent: string | undefined;
  readonly known: Map<string, DataType>;
  readonly added: ColumnSchema[];
  readonly causes: Map<string, ColumnCause>;
  /** The table does not exist: `rows` counts those found, because a child is new for its first row only. */
  readonly isNew: boolean;
  rows: number;
  /** Columns that the table must have, and how many others it may still get. */
  readonly fixed: ReadonlySet<string>;
  left: number;
}

/** What a root table begins with, and what dlt's columns of it and its children are. */
export interface TableOptions {
  /** First in a new table, in this order. */
  readonly declared: readonly DeclaredColumn[];
  /** Columns of the key that never hold null, whatever resource fills the table. */
  readonly required: ReadonlySet<string>;
  /** Columns of the root table that are never in its overflow column. */
  readonly fixed: ReadonlySet<string>;
  readonly rootIds: 'in-children' | 'none';
  /** Whether several root rows may have the same id: versions of one. */
  readonly repeatedIds: 'allowed' | 'refused';
}

/** Begins a draft with what the schema has of the table, or with what it must begin with. */
export function newDraft(
  { table, parent }: TableShape,
  schema: Schema,
  options: TableOptions,
): TableDraft {
  const columns = [...(schema.get(table)?.columns.values() ?? [])];
  const known = new Map(columns.map(({ name, type }) => [name, type]));
  const fixed = parent === undefined ? options.fixed : CHILD_SYSTEM_COLUMNS;
  const draft: TableDraft = {
    ...{ name: table, parent, known, fixed },
    ...{ added: [], causes: new Map(), isNew: !schema.has(table), rows: 0 },
    left: columnsLeft(known.keys(), fixed),
  };
  if (parent === undefined) declare(draft, options);
  return draft;
}

function declare(draft: TableDraft, { declared, required }: TableOptions): void {
  for (const { name, type } of declared) {
    if (!draft.known.has(name)) addColumnTo(draft, { name, type, nullable: !required.has(name) });
  }
}

/** Adds what dlt's own columns lack. */
export function addSystemColumns(
  draft: TableDraft,
  link: RowLink | undefined,
  { rootIds, repeatedIds }: TableOptions,
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
    addColumnTo(draft, { name, type, nullable: false, ...(repeats ? { repeats } : {}) });
  }
}

/** Adds a column. */
export function addColumnTo(draft: TableDraft, column: ColumnSchema): void {
  draft.known.set(column.name, column.type);
  draft.added.push(column);
  if (column.name !== OVERFLOW_COLUMN && !draft.fixed.has(column.name)) draft.left -= 1;
}

/** Whether values for a column that the table lacks go to its overflow column. */
export function isOverflowing({ left, fixed }: TableDraft, column: string): boolean {
  return column === OVERFLOW_COLUMN || (left <= 0 && !fixed.has(column));
}
