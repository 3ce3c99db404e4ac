import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** The key of the hash that replaces secret fields: made once per dataset, so that equal secrets stay comparable. */
export async function readSecretKey(database: Database, dataset: string): Promise<string> {
  const known = await storedKey(database, dataset);
  if (known !== undefined) return known;
  await database.query(
    sql`insert into ${stateNames(dataset).table('meta')} (key, value)
        values ('secret_key', to_jsonb(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')))
        on conflict do nothing`,
  );
  const made = await storedKey(database, dataset);
  if (made === undefined) throw new Error('the secret key was not stored');
  return made;
}

async function storedKey(database: Database, dataset: string): Promise<string | undefined> {
  const { rows } = await database.query<{ secret_key: string }>(
    sql`select value #>> '{}' as secret_key from ${stateNames(dataset).table('meta')} where key = 'secret_key'`,
  );
  return rows[0]?.secret_key;
}
