import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';
import { SETTINGS } from '../../functions/engine/config/settings.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import type { Truth, TruthRow } from './gitlab/truthRows.ts';
import { type Expectation, losses } from './lossless.ts';
import { groupedBy, readStored, type StoredRow, type StoredTable } from './stored.ts';

/** How secret fields are expected to be stored. */
export type Secrets = 'hashed' | 'plain';

/** Every way in which the stored tables differ from what GitLab has, row by row and value by value. */
export async function truthDifferences(
  database: Database,
  truth: Truth,
  secrets: Secrets = 'hashed',
): Promise<readonly string[]> {
  const tables = await readStored(database, SETTINGS.dataset.fallback);
  return Object.entries(truth).flatMap(([name, expected]) => {
    const table = tables.get(name) ?? emptyTable(name);
    const columns = [...new Set(expected.flatMap(({ key }) => Object.keys(key)))];
    const stored = groupedBy(table.rows, (row) => storedKey(row, columns));
    const counts =
      table.rows.length === expected.length
        ? []
        : [`${name}: ${String(table.rows.length)} rows, expected ${String(expected.length)}`];
    const expectation = expectationOf(name, secrets, columns);
    const values = expected.flatMap((row) => {
      const key = truthKey(row);
      const [found, ...more] = stored.get(key) ?? [];
      if (found === undefined) return [`${name}: ${key} is missing`];
      const repeated = more.length > 0 ? [`${name}: ${key} stands there twice`] : [];
      return [...repeated, ...losses(row.source, { tables, table, row: found }, expectation)];
    });
    return [...counts, ...values];
  });
}

/** The truth without tables that a load was not asked for. */
export function withoutTables(truth: Truth, names: readonly string[]): Truth {
  return Object.fromEntries(Object.entries(truth).filter(([name]) => !names.includes(name)));
}

function emptyTable(name: string): StoredTable {
  return { name, types: new Map(), rows: [], byParent: new Map() };
}

function expectationOf(table: string, secrets: Secrets, key: readonly string[]): Expectation {
  const resources = allResources(catalog).filter((resource) => resource.table === table);
  return {
    hashed: secrets === 'plain' ? [] : resources.flatMap(({ secretFields }) => secretFields),
    elsewhere: resources.flatMap(({ splits }) => splits.map(({ field }) => field)),
    asked: askedFields(resources),
    added: [...key, ...resources.flatMap(({ keep, primaryKey }) => [...keep, ...primaryKey])],
  };
}

/** GraphQL gives the fields that the document names; REST gives all. */
function askedFields(resources: readonly ResourceSpec[]): Expectation['asked'] {
  const document = resources.find(({ graphql }) => graphql !== undefined)?.graphql?.document;
  return document === undefined ? 'all' : new Set(document.match(/\w+/g));
}

function storedKey(row: StoredRow, columns: readonly string[]): string {
  return keyText(
    columns.flatMap((column) => {
      const value = row[column] ?? null;
      return value === null ? [] : [[column, value] as const];
    }),
  );
}

function truthKey({ key }: TruthRow): string {
  return keyText(Object.entries(key).map(([column, value]) => [column, String(value)] as const));
}

function keyText(pairs: readonly (readonly [string, string])[]): string {
  return JSON.stringify(Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
