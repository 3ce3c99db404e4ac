import type { ResourceSpec } from '../model/resource.ts';
import { scopeParameter } from '../model/resource.ts';
import { EVOLVE, type SchemaContract } from '../model/schema.ts';
import { needsWholeScan, rowIdentity, rowSort, writeMethod } from '../model/writeMethod.ts';
import { contractOf } from './contract.ts';
import type { DiscoverOptions } from './discover.ts';
import type { ChainOptions } from './encodeRows.ts';
import { normalizeKey } from './naming.ts';

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
}: {
  readonly resource: ResourceSpec;
  readonly nesting: number | undefined;
  readonly contract?: SchemaContract;
}): readonly Chain[] {
  const contract = contractOf(setting, resource.contract);
  const splits = resource.splits.map(({ table, primaryKey, columns }): Chain => ({
    table,
    nesting,
    contract,
    identity: 'key',
    repeats: 'skip',
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
      secrets: secretsOf(resource),
      own: new Set(Object.keys(columns)),
    },
  }));
  return [ownChain(resource, nesting, contract), ...splits];
}

function ownChain(
  resource: ResourceSpec,
  nesting: number | undefined,
  contract: SchemaContract,
): Chain {
  const { table, primaryKey, mergeKey = [], declaredColumns = [], hardDelete } = resource;
  const method = writeMethod(resource);
  const isVersioned = method === 'scd2';
  const identity = rowIdentity(method, resource.mergeStrategy);
  return {
    table,
    nesting,
    contract,
    identity,
    repeats: rowSort(resource) ?? (needsWholeScan(method) ? 'skip' : 'refuse'),
    rules: { method, primaryKey, mergeKey, hardDelete, scopeColumn: scopeParameter(resource) },
    found: {
      declared: isVersioned ? [...VALIDITY, ...declaredColumns] : declaredColumns,
      required: new Set([...primaryKey, ...mergeKey]),
      idOf: identity === 'key' ? primaryKey : [],
      rootIds: resource.writeDisposition === 'merge' && !isVersioned ? 'in-children' : 'none',
      repeatedIds: isVersioned ? 'allowed' : 'refused',
      secrets: secretsOf(resource),
      own: new Set(resource.keep),
    },
  };
}

function secretsOf({ secretFields }: ResourceSpec): ReadonlySet<string> {
  return new Set(secretFields.map(normalizeKey));
}
