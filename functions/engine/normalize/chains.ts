import type { DeclaredColumn, ResourceSpec } from '../model/resource.ts';
import { scopeParameter } from '../model/resource.ts';
import { EVOLVE, type SchemaContract } from '../model/schema.ts';
import { needsWholeScan, rowIdentity, rowSort, writeMethod } from '../model/writeMethod.ts';
import type { NormalizerOptions } from './addedPage.ts';
import { contractOf } from './contract.ts';
import type { DiscoverOptions } from './discover.ts';
import type { ChainOptions } from './encodingSink.ts';
import { secretFieldsOf } from './secretFields.ts';
import { ROOT_SYSTEM_COLUMNS } from './systemColumns.ts';

/** A chain with what is known beforehand of the columns that it needs. */
export interface Chain extends ChainOptions {
  readonly found: Pick<
    DiscoverOptions,
    'declared' | 'required' | 'idOf' | 'rootIds' | 'repeatedIds' | 'secrets' | 'own'
  >;
}

/** dlt's columns of versions: when one came, and when another took its place. */
const VALIDITY = [
  { name: '_dlt_valid_from', type: 'timestamp' },
  { name: '_dlt_valid_to', type: 'timestamp' },
] as const;

/** The chains of a resource: its own table, then those of its splits, which are always merged by their key. */
export function chainsOf({
  resource,
  nesting,
  contract: setting = EVOLVE,
  requiredColumns,
}: NormalizerOptions): readonly Chain[] {
  const contract = contractOf(setting, resource.contract);
  const splits = resource.splits.map(({ table, primaryKey, columns }): Chain => ({
    table,
    nesting,
    contract,
    identity: 'key',
    repeats: 'skip',
    fixed: new Set([
      ...ROOT_SYSTEM_COLUMNS,
      ...primaryKey,
      ...Object.keys(columns),
      ...(requiredColumns.get(table) ?? []),
    ]),
    rules: {
      method: 'upsert',
      primaryKey,
      mergeKey: [],
      hardDelete: undefined,
      scopeColumn: undefined,
    },
    found: {
      declared: [],
      required: new Set(primaryKey),
      idOf: primaryKey,
      rootIds: 'in-children',
      repeatedIds: 'refused',
      secrets: secretFieldsOf(resource).names,
      own: new Set(Object.keys(columns)),
    },
  }));
  const own = ownChain(resource, nesting, contract);
  const required = requiredColumns.get(resource.table) ?? [];
  return [{ ...own, fixed: new Set([...own.fixed, ...required]) }, ...splits];
}

function ownChain(
  resource: ResourceSpec,
  nesting: number | undefined,
  contract: SchemaContract,
): Chain {
  const { table, primaryKey, mergeKey = [], hardDelete } = resource;
  const declared = declaredOf(resource);
  const method = writeMethod(resource);
  const isVersioned = method === 'scd2';
  const identity = rowIdentity(method, resource.mergeStrategy);
  return {
    table,
    nesting,
    contract,
    identity,
    repeats: rowSort(resource) ?? (needsWholeScan(method) ? 'skip' : 'refuse'),
    fixed: fixedColumns(resource),
    rules: { method, primaryKey, mergeKey, hardDelete, scopeColumn: scopeParameter(resource) },
    found: {
      declared,
      required: new Set([...primaryKey, ...mergeKey]),
      idOf: identity === 'key' ? primaryKey : [],
      rootIds: resource.writeDisposition === 'merge' && !isVersioned ? 'in-children' : 'none',
      repeatedIds: isVersioned ? 'allowed' : 'refused',
      secrets: secretFieldsOf(resource).names,
      own: new Set(resource.keep),
    },
  };
}

function declaredOf(resource: ResourceSpec): readonly DeclaredColumn[] {
  const { declaredColumns = [] } = resource;
  return writeMethod(resource) === 'scd2' ? [...VALIDITY, ...declaredColumns] : declaredColumns;
}

/** Columns that statements, keys and dlt name. */
function fixedColumns(resource: ResourceSpec): ReadonlySet<string> {
  const { primaryKey, mergeKey = [], keep, hardDelete, dedupSort } = resource;
  const named = [hardDelete, dedupSort?.column, scopeParameter(resource)];
  return new Set([
    ...[...ROOT_SYSTEM_COLUMNS, ...primaryKey, ...mergeKey, ...keep],
    ...declaredOf(resource).map(({ name }) => name),
    ...named.filter((name) => name !== undefined),
  ]);
}
