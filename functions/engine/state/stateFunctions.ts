import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';
import { countViolations } from './violations.ts';

/** Load ids as dlt's, from the database's clock, strictly increasing even when that clock steps back. */
export function loadClock({ schema, table }: StateNames): Sql {
  return sql`
create table ${table('load_clock')} (
  only_row boolean primary key default true check (only_row),
  last numeric(20,6) not null
);
insert into ${table('load_clock')} (last) values (0);

create function ${schema}.next_load_id() returns text language sql as $$
  update ${table('load_clock')}
     set last = greatest(last + 0.000001, round(extract(epoch from clock_timestamp())::numeric, 6))
  returning to_char(last, 'FM0000000000.000000')
$$;`;
}

/** Positions only move forward, and only with a package: against defects and edits by hand alike. */
export function partitionGuard({ schema, table }: StateNames): Sql {
  return sql`
create function ${schema}.guard_partition() returns trigger language plpgsql as $$
begin
  if new.fence < old.fence then
    raise exception 'fence of % % would fall from % to %', old.resource, old.partition_key, old.fence, new.fence
      using errcode = 'GL001';
  end if;
  if new.seq not in (old.seq, old.seq + 1) then
    raise exception 'seq of % % would jump from % to %', old.resource, old.partition_key, old.seq, new.seq
      using errcode = 'GL002';
  end if;
  if new.seq = old.seq and (new.scan_token, new.cursor_value) is distinct from (old.scan_token, old.cursor_value)
     and current_setting('gitlab_alloydb.allow_rewind', true) is distinct from 'on' then
    raise exception 'position of % % would change without a package', old.resource, old.partition_key
      using errcode = 'GL003';
  end if;
  if old.cursor_value ~ '^[0-9]+([.][0-9]+)?$' and new.cursor_value ~ '^[0-9]+([.][0-9]+)?$'
     and new.cursor_value::numeric < old.cursor_value::numeric
     and current_setting('gitlab_alloydb.allow_rewind', true) is distinct from 'on' then
    raise exception 'cursor of % % would go back from % to %',
      old.resource, old.partition_key, old.cursor_value, new.cursor_value using errcode = 'GL004';
  end if;
  new.updated_at := clock_timestamp();
  return new;
end $$;
create trigger guard before update on ${table('partition')}
  for each row execute function ${schema}.guard_partition();`;
}

/** The compare-and-set of a package: all its partitions advance, or GL009 ends the transaction. */
export function advanceFunction(names: StateNames): Sql {
  return sql`
create function ${advancing(names, { status: sql`'active'` })}`;
}

/** The same, where a partition that is gone since it was claimed stays gone: T3 alone brings it back. */
export function advanceGoneFunction(names: StateNames): Sql {
  return sql`
create or replace function ${advancing(names, { status: GONE_STAYS })}`;
}

const GONE_STAYS = sql`case status when 'gone' then status else 'active' end`;

/**
 * The same, where a package with a lower load id than the one before it is refused too: of a partition, later packages have
 * higher ones.
 */
export function advanceInOrderFunction(names: StateNames): Sql {
  const { table } = names;
  const order = {
    noted: sql`last_load = package ->> 'load_id',`,
    kept: sql`and (last_load is null or last_load collate "C" < package ->> 'load_id')`,
  };
  return sql`
alter table ${table('partition')} add column last_load text;
comment on column ${table('partition')}.last_load is 'load id of the last package, whether it wrote rows or not; null until a release that knows it has committed one';
create or replace function ${advancing(names, { status: GONE_STAYS, order })}`;
}

/** What a package makes of the status, and how its load id is compared with that of the one before. */
interface Advancing {
  readonly status: Sql;
  readonly order?: { readonly noted: Sql; readonly kept: Sql };
}

function advancing({ schema, table }: StateNames, { status, order }: Advancing): Sql {
  return sql`${schema}.advance() returns void language plpgsql as $$
declare
  package jsonb := current_setting('gitlab_alloydb.package')::jsonb;
  step jsonb;
begin
  for step in
    select value from jsonb_array_elements(package -> 'advances') order by value ->> 'partition'
  loop
    update ${table('partition')} set ${order?.noted ?? sql``}
      seq = seq + 1,
      scan_token = nullif(step -> 'token_after', 'null'),
      cursor_value = case when (step ->> 'finished')::boolean
                          then coalesce(step ->> 'cursor', cursor_value) else cursor_value end,
      complete_as_of = case when (step ->> 'finished')::boolean then scan_started_at else complete_as_of end,
      owner = case when (step ->> 'finished')::boolean then null else owner end,
      lease_until = case when (step ->> 'finished')::boolean then null
                         else clock_timestamp() + make_interval(secs => (package ->> 'lease_seconds')::float8) end,
      status = ${status}, fail_count = 0, not_before = null, not_before_reason = null, last_error = null,
      failing_code = null, failing_runs = 0
    where resource = package ->> 'resource' and partition_key = step ->> 'partition'
      and fence = (step ->> 'fence')::bigint and seq = (step ->> 'seq')::bigint
      and owner = (package ->> 'run_id')::uuid ${order?.kept ?? sql``};
    if not found then
      raise exception 'partition % of % was taken over', step ->> 'partition', package ->> 'resource'
        using errcode = 'GL009';
    end if;
  end loop;
end $$;`;
}

/** The history of a package and what its contract left out, written in the transaction that commits it. */
export function recordFunction(names: StateNames): Sql {
  const { schema, table } = names;
  const violations = countViolations(names, {
    resource: sql`package ->> 'resource'`,
    load: sql`package ->> 'load_id'`,
    violations: sql`package -> 'violations'`,
  });
  return sql`
create function ${schema}.record_package(written bigint, touched boolean) returns text language plpgsql as $$
declare
  package jsonb := current_setting('gitlab_alloydb.package')::jsonb;
  rows_in int := (select coalesce(sum((value ->> 'rows_in')::int), 0) from jsonb_array_elements(package -> 'advances'));
  id text := case when touched then package ->> 'load_id' end;
begin
  if touched then
    insert into ${table('load')} (load_id, run_id, resource, rows_in, rows_written)
    values (id, (package ->> 'run_id')::uuid, package ->> 'resource', rows_in, written);
  end if;
  insert into ${table('batch')}
    (resource, partition_key, seq, load_id, fence, run_id, scan_id, request, body_sha256, rows_in, token_before, token_after)
  select package ->> 'resource', value ->> 'partition', (value ->> 'seq')::bigint + 1, id, (value ->> 'fence')::bigint,
         (package ->> 'run_id')::uuid, (value ->> 'scan_id')::bigint, value ->> 'request', value ->> 'body_sha256',
         (value ->> 'rows_in')::int, nullif(value -> 'token_before', 'null'), nullif(value -> 'token_after', 'null')
  from jsonb_array_elements(package -> 'advances');
  if package ? 'violations' then
    ${violations};
  end if;
  return id;
end $$;`;
}
