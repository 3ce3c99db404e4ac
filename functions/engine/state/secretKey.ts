import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** The key of the hash that replaces secret fields: made once per dataset, so that equal secrets stay comparable. */
export async function readSecretKey(database: Database, dataset: string): Promise<string> {
  const { table } = stateNames(dataset);
  await database.query(
    sql`insert into ${table('meta')} (key, value)
        values ('secret_key', to_jsonb(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')))
        on conflict do nothing`,
  );
  const { rows } = await database.query<{ secret_key: string }>(
    sql`select value #>> '{}' as secret_key from ${table('meta')} where key = 'secret_key'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the secret key was not stored');
  return row.secret_key;
}
