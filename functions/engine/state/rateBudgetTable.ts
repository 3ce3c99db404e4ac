import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** What every token has used of GitLab's limits, in the two windows that count, and what gives it out. */
export function rateBudgetTable(names: StateNames): Sql {
  return sql`${budgetTable(names)}${leaseFunction(names)}`;
}

function budgetTable({ table }: StateNames): Sql {
  return sql`
create table ${table('rate_budget')} (
  token_hash text not null,
  scope text not null,
  window_start bigint not null default 0,
  window_seconds int not null default 60,
  used bigint not null default 0,
  others bigint not null default 0,
  next_used bigint not null default 0,
  next_others bigint not null default 0,
  paused_until timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (token_hash, scope)
);
comment on table ${table('rate_budget')} is 'requests that were given out to runs; nothing in it is needed for correct rows';
comment on column ${table('rate_budget')}.token_hash is 'sha256 of the address of GitLab and the token';
comment on column ${table('rate_budget')}.scope is 'a throttle of GitLab or the route of an endpoint; * for pauses of everything';
comment on column ${table('rate_budget')}.window_start is 'seconds since 1970 by the clock of GitLab; next_* are of the window after it';
comment on column ${table('rate_budget')}.others is 'requests that GitLab counted and no run was given';
comment on column ${table('rate_budget')}.paused_until is 'GitLab answered 429 and wants no requests until then';`;
}

/**
 * Gives out requests of one window. The less is left the less is given at a time, so that the last ones do not lie with
 * whoever has no use for them. A row that a crash loses costs one window's count, so the commit does not wait.
 */
function leaseFunction({ schema, table }: StateNames): Sql {
  return sql`
create function ${schema}.lease_requests(token text, place text, start bigint, period int, wanted bigint, most bigint,
  whole bigint, observed bigint) returns table (granted bigint, paused_milliseconds float8) language plpgsql as $$
declare
  b ${table('rate_budget')};
  paused timestamptz;
  taken bigint;
  foreign_ones bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  select max(p.paused_until) into paused from ${table('rate_budget')} p
   where p.token_hash = token and p.scope in ('*', place) and p.paused_until > clock_timestamp();
  insert into ${table('rate_budget')} (token_hash, scope, window_start, window_seconds)
  values (token, place, start, period) on conflict do nothing;
  select r.* into b from ${table('rate_budget')} r where r.token_hash = token and r.scope = place for update;

  -- A window long gone is that of a clock that was set back: refusing it would stop its runs until the clock catches up.
  if b.window_seconds <> period or start > b.window_start + 2 * period or start < b.window_start - period then
    b.window_start := start; b.window_seconds := period;
    b.used := 0; b.others := 0; b.next_used := 0; b.next_others := 0;
  elsif start = b.window_start + 2 * period then
    b.window_start := b.window_start + period;
    b.used := b.next_used; b.others := b.next_others;
    b.next_used := 0; b.next_others := 0;
  end if;

  taken := case start when b.window_start then b.used else b.next_used end;
  foreign_ones := case start when b.window_start then b.others else b.next_others end;
  foreign_ones := greatest(foreign_ones, observed - taken);
  granted := least(most, whole - foreign_ones) - taken;
  granted := case when granted <= 0 or paused is not null or start < b.window_start then 0
                  else least(wanted, greatest(1, granted / 8)) end;

  update ${table('rate_budget')} r set
    window_start = b.window_start, window_seconds = b.window_seconds,
    used = case start when b.window_start then taken + granted else b.used end,
    others = case start when b.window_start then foreign_ones else b.others end,
    next_used = case start when b.window_start + period then taken + granted else b.next_used end,
    next_others = case start when b.window_start + period then foreign_ones else b.next_others end,
    updated_at = clock_timestamp()
  where r.token_hash = token and r.scope = place;
  paused_milliseconds := coalesce(extract(epoch from paused - clock_timestamp()) * 1000, 0);
  return next;
end $$;`;
}
