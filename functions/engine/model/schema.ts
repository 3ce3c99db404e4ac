import type { LoadId } from './ids.ts';

/** dlt's data types that this loader writes. */
export const DATA_TYPES = [
  'text',
  'bigint',
  'double',
  'bool',
  'timestamp',
  'json',
  'date',
  'decimal',
] as const;

/** A column's type in dlt's words. */
export type DataType = (typeof DATA_TYPES)[number];

/** One column as the database has it, or is about to. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** dlt marks columns that hold values of another type than the column they stand beside. */
  readonly variant?: true;
  /** A `_dlt_id` that several versions of one row share. */
  readonly repeats?: true;
}

/** The current shape of one table. Column order is the order in the database and never changes. */
export interface TableSchema {
  readonly name: string;
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  /** The table whose rows own these rows; absent on root tables. */
  readonly parent?: string;
}

/** Every table of the dataset that exists or is about to. */
export type Schema = ReadonlyMap<string, TableSchema>;

/** Why records need a column. */
export interface ColumnCause {
  /** The first value without a column, as JSON of at most 80 characters; `***` where it may be a secret. */
  readonly sample: string;
  /** The column of another type that the value does not fit. */
  readonly beside?: string;
}

/** Columns that must be added before the rows which need them, table by table, parents first. */
export interface SchemaUpdate {
  readonly tables: readonly {
    readonly name: string;
    readonly parent?: string;
    readonly columns: readonly ColumnSchema[];
    /** By column; those that no value has asked for have none. */
    readonly causes?: ReadonlyMap<string, ColumnCause>;
    /** Columns that the table gets however many it has. */
    readonly fixed?: ReadonlySet<string>;
  }[];
}

/** What a change did: every column of a new table is one, and so is a column for values of another type. */
export type ChangeKind = 'table-created' | 'column-added' | 'variant-added';

/** One column that was added to the database, alone or with its table. */
export interface SchemaChange {
  readonly table: string;
  readonly column: string;
  readonly type: DataType;
  readonly change: ChangeKind;
  /** The type of the column beside which a variant column stands. */
  readonly oldType?: DataType;
  /** The value that made the column necessary, as in `ColumnCause`. */
  readonly sample?: string;
  /** `schema.view` of everything that reads the table, directly or by way of other views. */
  readonly views?: readonly string[];
}

/** A change with the resource and the load that needed it; that load may have failed later. */
export interface RecordedChange extends SchemaChange {
  readonly resource: string;
  readonly loadId: LoadId;
}

/** What happens to a record that needs more than its table has. */
export const CONTRACT_MODES = ['evolve', 'freeze', 'discard_row', 'discard_value'] as const;

/** `evolve` adds it, `freeze` fails the partition, the others leave the row or the value out. */
export type ContractMode = (typeof CONTRACT_MODES)[number];

/** What may be added without asking: tables, columns of tables that exist, columns for values of another type. */
export interface SchemaContract {
  readonly tables: ContractMode;
  readonly columns: ContractMode;
  readonly dataType: ContractMode;
}

/** Everything may be added. */
export const EVOLVE: SchemaContract = { tables: 'evolve', columns: 'evolve', dataType: 'evolve' };

/** What a contract left out of a page: how often, at which table and column. */
export interface ContractViolation {
  readonly entity: keyof SchemaContract;
  readonly mode: 'discard_row' | 'discard_value';
  readonly table: string;
  readonly column: string;
  readonly count: number;
}
