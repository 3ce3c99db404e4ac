import { type DatasetNames, NEW_DATASET_NAMES } from '../model/names.ts';
import type { Database } from '../sql/pool.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** The names that a dataset carries; undefined before its first run. */
export async function readNames(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<DatasetNames | undefined> {
  const { rows } = await database.query<{ value: Partial<DatasetNames> }>(
    sql`select value from ${stateNames(dataset).table('meta')} where key = 'names'`,
  );
  const [found] = rows;
  return found === undefined ? undefined : { ...NEW_DATASET_NAMES, ...found.value };
}

/** Settles the names of a dataset, once and for all. */
export async function keepNames(
  session: Session,
  dataset: string,
  names: DatasetNames,
): Promise<void> {
  await session.query(
    sql`insert into ${stateNames(dataset).table('meta')} (key, value) values ('names', $1::jsonb)
        on conflict (key) do nothing`,
    [JSON.stringify(names)],
  );
}
