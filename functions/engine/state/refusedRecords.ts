import type { ResourceSpec } from '../model/resource.ts';
import type { Database } from '../sql/pool.ts';
import { type Sql, sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** So many hashes are kept for a resource; beyond them only the latest. */
const MOST_HASHES = sql`1000`;

const DAYS_KEPT = sql`7`;

/** What a search found that its time ended, before the package could go without it. */
export interface FoundRecords {
  readonly resource: ResourceSpec;
  readonly hashes: readonly string[];
}

/**
 * Keeps the hashes of records that the database refused, so that the next search of their package begins where this one
 * ended. They are in no quarantine yet: that is written with the package.
 */
export async function rememberRefused(
  database: Pick<Database, 'query'>,
  dataset: string,
  { resource, hashes }: FoundRecords,
): Promise<void> {
  await database.query(
    sql`insert into ${stateNames(dataset).table('meta')} as known (key, value)
        values ('refused ' || $1::text, jsonb_build_object('at', clock_timestamp(), 'hashes', to_jsonb($2::text[])))
        on conflict (key) do update set value = case
          when jsonb_array_length(known.value -> 'hashes') >= ${MOST_HASHES} then excluded.value
          else jsonb_build_object('at', clock_timestamp(), 'hashes', (known.value -> 'hashes') || (excluded.value -> 'hashes')) end`,
    [resource.id, hashes],
  );
}

/** A query for the hashes that are remembered of the resource `$1`, as `hash`. */
export function rememberedHashes(dataset: string): Sql {
  return sql`select jsonb_array_elements_text(value -> 'hashes') as hash
    from ${stateNames(dataset).table('meta')} where key = 'refused ' || $1::text`;
}

/** Forgets what nobody has gone on with. */
export function forgetRefused(dataset: string): Sql {
  return sql`delete from ${stateNames(dataset).table('meta')}
    where key like 'refused %' and (value ->> 'at')::timestamptz < clock_timestamp() - make_interval(days => ${DAYS_KEPT})`;
}
