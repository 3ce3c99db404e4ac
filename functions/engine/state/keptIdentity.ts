import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** What a run needs to know of the token's user. */
export interface KeptIdentity {
  readonly username: string;
  readonly isAdmin: boolean;
  /** The place of that user's token among those of the secret. */
  readonly leader: number;
}

/** A right that was given or taken is noticed after this time at the latest. */
const MINUTES = 10;

/**
 * Who a token belongs to, as a run of the last minutes has found out, where the last run that ended was suspended: the
 * one that goes on with its work need not ask again. `token` is a hash; the state must be there.
 */
export async function readKeptIdentity(
  database: Database,
  dataset: string,
  token: string,
): Promise<KeptIdentity | undefined> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<KeptIdentity>(
    sql`select value ->> 'username' as username, (value ->> 'isAdmin')::boolean as "isAdmin",
          coalesce((value ->> 'leader')::int, 0) as leader
        from ${table('meta')} where key = 'identity' and value ->> 'token' = $1::text
          and (value ->> 'at')::timestamptz > clock_timestamp() - make_interval(mins => $2::int)
          and (select outcome from ${table('run')} where ended_at is not null
               order by ended_at desc limit 1) = 'suspended'`,
    [token, MINUTES],
  );
  return rows[0];
}

/** Keeps what was found out about a token just now. */
export async function keepIdentity(
  database: Database,
  dataset: string,
  token: string,
  { username, isAdmin, leader }: KeptIdentity,
): Promise<void> {
  await database.query(
    sql`insert into ${stateNames(dataset).table('meta')} (key, value)
        values ('identity', $1::jsonb || jsonb_build_object('at', clock_timestamp()))
        on conflict (key) do update set value = excluded.value`,
    [JSON.stringify({ token, username, isAdmin, leader })],
  );
}
