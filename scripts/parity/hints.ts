import type { MergeStrategy, ResourceSpec } from '../../functions/engine/model/resource.ts';
import {
  CONTRACT_MODES,
  type ContractMode,
  DATA_TYPES,
  EVOLVE,
  type SchemaContract,
} from '../../functions/engine/model/schema.ts';
import { normalizeKey } from '../../functions/engine/normalize/naming.ts';

/** What a scenario says about the resource's table, in the words of ours. */
export interface ResourceHints extends Pick<
  ResourceSpec,
  | 'writeDisposition'
  | 'mergeStrategy'
  | 'mergeKey'
  | 'primaryKey'
  | 'hardDelete'
  | 'dedupSort'
  | 'declaredColumns'
> {
  /** Whether dlt's root ids are not random. */
  readonly ids: 'comparable' | 'random';
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads what Python printed: a dictionary or list inside a text becomes one. */
export function pythonValue(value: unknown): Fields {
  const read = (member: unknown): unknown => {
    if (typeof member !== 'string' || !/^[[{(]/.test(member)) return member;
    const json = member
      .replaceAll("'", '"')
      .replaceAll('True', 'true')
      .replaceAll('False', 'false')
      .replaceAll('None', 'null')
      .replace(/^\((.*?),?\)$/, '[$1]');
    return JSON.parse(json) as unknown;
  };
  return Object.fromEntries(
    Object.entries(fields(value)).map(([name, member]) => [name, read(member)]),
  );
}

/** The hints of `_resource.json`; without it a resource is merged by `id`. */
export function resourceHints(resource: Fields): ResourceHints {
  const isDefault = Object.keys(resource).every((name) => name === 'schema_contract');
  if (isDefault) return { writeDisposition: 'merge', primaryKey: ['id'], ids: 'random' };
  const given = resource['write_disposition'];
  const disposition = typeof given === 'string' ? given : fields(given)['disposition'];
  const strategy = fields(given)['strategy'];
  const primaryKey = list(resource['primary_key']);
  const shared = { primaryKey, ...columnHints(fields(resource['columns'])) };
  switch (disposition) {
    case 'append':
    case 'replace':
    case 'skip':
      return { ...shared, writeDisposition: disposition, ids: 'random' };
    default: {
      const mergeStrategy = strategyOf(strategy, primaryKey);
      const isComparable = ['upsert', 'insert-only', 'scd2'].includes(String(strategy));
      const mergeKey = list(resource['merge_key']);
      const ids = isComparable ? 'comparable' : 'random';
      return { ...shared, writeDisposition: 'merge', mergeStrategy, mergeKey, ids };
    }
  }
}

function strategyOf(strategy: unknown, primaryKey: readonly string[]): MergeStrategy {
  if (strategy === 'scd2' || strategy === 'insert-only') return strategy;
  return primaryKey.length === 0 ? 'keyless' : 'upsert';
}

function columnHints(
  columns: Fields,
): Pick<ResourceHints, 'declaredColumns' | 'hardDelete' | 'dedupSort'> {
  const named = Object.entries(columns).map(
    ([name, hints]) => [normalizeKey(name), fields(hints)] as const,
  );
  const hardDelete = named.find(([, hints]) => hints['hard_delete'] === true)?.[0];
  const sort = named.find(([, hints]) => typeof hints['dedup_sort'] === 'string');
  const declaredColumns = named.flatMap(([name, hints]) => {
    const type = DATA_TYPES.find((known) => known === hints['data_type']);
    return type === undefined ? [] : [{ name, type }];
  });
  return {
    declaredColumns,
    ...(hardDelete === undefined ? {} : { hardDelete }),
    ...(sort === undefined ? {} : { dedupSort: dedupSort(sort[0], sort[1]['dedup_sort']) }),
  };
}

function dedupSort(column: string, order: unknown): NonNullable<ResourceSpec['dedupSort']> {
  return { column, keep: order === 'asc' ? 'lowest' : 'highest' };
}

/** The contract of a run: in `_resource.json`, in dlt's schema, or in the name `contract_<entity>_<mode>`. */
export function contractFrom({
  scenario,
  run,
  yaml,
  resource,
}: {
  readonly scenario: string;
  readonly run: string;
  readonly yaml: string;
  readonly resource: Fields;
}): SchemaContract {
  const given = resource['schema_contract'];
  if (given !== undefined) return contract(given);
  const whole = /^ *schema_contract: (\w+)$/m.exec(yaml)?.[1];
  if (whole !== undefined) return contract(whole);
  const parts = /schema_contract:\n((?:\s+(?:tables|columns|data_type): \w+\n?)+)/.exec(yaml)?.[1];
  if (parts !== undefined) {
    const pairs = parts.trim().split(/\s*\n\s*/);
    return contract(Object.fromEntries(pairs.map((pair) => pair.split(': '))));
  }
  const named = /^contract_(all|first_run)_(freeze|discard_row|discard_value)/.exec(scenario);
  const isMaking = named?.[1] === 'all' && run === 'run1';
  return named === null || isMaking ? EVOLVE : contract(named[2]);
}

function contract(given: unknown): SchemaContract {
  const parts = typeof given === 'string' ? undefined : fields(given);
  const mode = (name: string): ContractMode =>
    CONTRACT_MODES.find((known) => known === (parts === undefined ? given : parts[name])) ??
    'evolve';
  return { tables: mode('tables'), columns: mode('columns'), dataType: mode('data_type') };
}

function list(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  return (Array.isArray(value) ? value : [value]).map((name) => normalizeKey(String(name)));
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
