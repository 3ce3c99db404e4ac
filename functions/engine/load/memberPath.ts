import type { ResourceSpec } from '../model/resource.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { sql } from '../sql/sql.ts';
import type { TargetSource } from './targets.ts';

/** The full path of a stored project or group; undefined where it is not stored. */
export async function memberPath(
  { database, dataset, schema }: Pick<TargetSource, 'database' | 'dataset' | 'schema'>,
  { table, discovers }: ResourceSpec,
  id: string,
): Promise<string | undefined> {
  const columns = schema.get(table)?.columns;
  if (discovers === undefined || columns?.has('id') !== true) return undefined;
  if (!columns.has(discovers.pathField)) return undefined;
  const { rows } = await database.query<{ path: string | null }>(
    sql`select ${identifier(discovers.pathField)} as path from ${qualified(dataset, table)} where id = $1::bigint`,
    [id],
  );
  return rows[0]?.path ?? undefined;
}
