import type { Pause, RequestBudgets } from '../model/requestBudget.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Rows of tokens that nobody has used for so long are removed. */
const DAYS_KEPT = 7;

/** The budgets in the state of a dataset; its schema must be there. */
export function rateBudgets(database: Pick<Database, 'query'>, dataset: string): RequestBudgets {
  const { schema, table } = stateNames(dataset);
  return {
    async lease({ token, scope, start, seconds, wanted, most, limit, observed }) {
      const { rows } = await database.query<{ granted: bigint; paused: number }>(
        sql`select granted, paused_milliseconds as paused from ${schema}.lease_requests(
              $1::text, $2::text, $3::bigint, $4::int, $5::bigint, $6::bigint, $7::bigint, $8::bigint)`,
        [token, scope, start, seconds, wanted, most, limit, observed],
      );
      const [row] = rows;
      return { granted: Number(row?.granted ?? 0), pausedMilliseconds: row?.paused ?? 0 };
    },
    async giveBack({ token, scope, start, seconds, unused }) {
      await database.query(
        sql`update ${table('rate_budget')} set
              used = case window_start when $3::bigint then greatest(0, used - $5::bigint) else used end,
              next_used = case window_start + $4::int when $3::bigint
                          then greatest(0, next_used - $5::bigint) else next_used end
            where token_hash = $1::text and scope = $2::text and window_seconds = $4::int`,
        [token, scope, start, seconds, unused],
      );
    },
    async pause({ token, scope, milliseconds }) {
      await database.query(
        sql`insert into ${table('rate_budget')} as known (token_hash, scope, paused_until)
            values ($1::text, $2::text, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
            on conflict (token_hash, scope) do update set updated_at = clock_timestamp(),
              paused_until = greatest(known.paused_until, excluded.paused_until)`,
        [token, scope, milliseconds],
      );
    },
    async pauses(tokens) {
      const { rows } = await database.query<Pause>(
        sql`select token_hash as token, scope,
              extract(epoch from paused_until - clock_timestamp())::float8 * 1000 as milliseconds
            from ${table('rate_budget')}
            where token_hash = any($1::text[]) and paused_until > clock_timestamp()`,
        [tokens],
      );
      return rows;
    },
  };
}

/** Removes what is known of tokens that are not used any more. */
export async function forgetOldBudgets(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<void> {
  await database.query(
    sql`delete from ${stateNames(dataset).table('rate_budget')}
        where updated_at < clock_timestamp() - make_interval(days => $1::int)`,
    [DAYS_KEPT],
  );
}
