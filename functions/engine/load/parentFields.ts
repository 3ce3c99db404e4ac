import type { ResourceSpec } from '../model/resource.ts';
import type { DataType, Schema } from '../model/schema.ts';
import { identifier } from '../sql/identifier.ts';
import { type Sql, sql } from '../sql/sql.ts';

/** A field of a parent that its children include. */
export interface ParentField {
  /** Of the children's column, as dlt names it: `_<parent>_<field>`. */
  readonly name: string;
  readonly column: string;
  /** Undefined when the parent's table has no such column, because no row had a value. */
  readonly type: DataType | undefined;
  /** In the result of a query; no parameter of a path can have this name. */
  readonly alias: string;
}

/** The stored value of such a field as text: instants in ISO form and UTC with microseconds, the rest as PostgreSQL prints it. */
export interface StoredField {
  readonly name: string;
  readonly type: DataType | undefined;
  readonly text: string | null;
}

/** The fields that a resource includes from its parent, as the parent's table has them. */
export function parentFields(
  { includeFromParent = [] }: ResourceSpec,
  parent: ResourceSpec,
  schema: Schema,
): readonly ParentField[] {
  const columns = schema.get(parent.table)?.columns;
  return includeFromParent.map((column, index) => ({
    name: `_${parent.id}_${column}`,
    column,
    type: columns?.get(column)?.type,
    alias: `included ${index.toString()}`,
  }));
}

/** The column of a query that gives the field as text. */
export function printedField({ column, type, alias }: ParentField): Sql {
  return sql`${printed(column, type)} as ${identifier(alias)}`;
}

function printed(column: string, type: DataType | undefined): Sql {
  if (type === undefined) return sql`null::text`;
  if (type !== 'timestamp') return sql`${identifier(column)}::text`;
  return sql`to_char(${identifier(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
