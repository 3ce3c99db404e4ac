import { LoaderError } from '../model/errors.ts';
import type { ContractViolation, SchemaContract } from '../model/schema.ts';

interface Place {
  readonly table: string;
  readonly column: string;
  /** The value as people may see it. */
  readonly shown: () => string;
}

/** Whether something is added, or what is left out instead. */
export type Verdict = 'add' | 'discard_row' | 'discard_value';

/** Decides what a page may add to the schema and counts what it may not. */
export interface ContractKeeper {
  /** Each throws E_CONTRACT where the contract says `freeze`. */
  table(table: string): Verdict;
  column(place: Place): Verdict;
  /** A column for values of another type. */
  dataType(place: Place): Verdict;
  violations(): readonly ContractViolation[];
}

/** Opens the keeper of one page. */
export function contractKeeper(contract: SchemaContract, loadId: string): ContractKeeper {
  const found = new Map<string, ContractViolation>();
  const decide = (
    entity: keyof SchemaContract,
    place: Pick<Place, 'table' | 'column'> & Partial<Place>,
  ): Verdict => {
    const mode = contract[entity];
    if (mode === 'evolve') return 'add';
    if (mode === 'freeze') throw frozen(entity, place, loadId);
    const { table, column } = place;
    const key = `${entity} ${table} ${column}`;
    const count = (found.get(key)?.count ?? 0) + 1;
    found.set(key, { entity, mode, table, column, count });
    return mode;
  };
  return {
    table: (table) => decide('tables', { table, column: '' }),
    column: (place) => decide('columns', place),
    dataType: (place) => decide('dataType', place),
    violations: () => [...found.values()],
  };
}

const SENTENCES: Readonly<
  Record<keyof SchemaContract, (table: string, column: string, value: string) => string>
> = {
  tables: (table) => `needs the table '${table}', and tables are frozen`,
  columns: (table, column, value) =>
    `needs the column '${table}.${column}' for the value ${value}, and columns are frozen`,
  dataType: (table, column, value) =>
    `has the value ${value} of another type for the column '${table}.${column}', and types are frozen`,
};

function frozen(
  entity: keyof SchemaContract,
  { table, column, shown }: Pick<Place, 'table' | 'column'> & Partial<Place>,
  loadId: string,
): LoaderError {
  const value = shown?.() ?? '';
  return new LoaderError(
    'E_CONTRACT',
    `A record of load '${loadId}' ${SENTENCES[entity](table, column, value)}.`,
    { details: { table, column, value, loadId } },
  );
}

/** The contract of a resource: what it says itself, else what the setting says. */
export function contractOf(
  setting: SchemaContract,
  own: Partial<SchemaContract> | undefined,
): SchemaContract {
  return { ...setting, ...own };
}
