import { type Identifier, identifier } from '../sql/identifier.ts';
import { type Sql, sql } from '../sql/sql.ts';

/** Names of the state schema of a dataset, quoted. */
export interface StateNames {
  readonly schema: Identifier;
  readonly table: (name: string) => Sql;
}

/** The state of dataset `d` lives in schema `d_state`. */
export function stateNames(dataset: string): StateNames {
  const schema = identifier(`${dataset}_state`);
  return { schema, table: (name) => sql`${schema}.${identifier(name)}` };
}

/**
 * The steps that build the state schema; the number of steps done is its version.
 * Steps are only ever appended: two releases may run side by side.
 */
export const MIGRATIONS: readonly ((names: StateNames) => Sql)[] = [positions, protocol];

/** Partitions, the history of their packages, and what a person may want to read about them. */
function positions({ table }: StateNames): Sql {
  return sql`
create table ${table('load_clock')} (
  only_row boolean primary key default true check (only_row),
  last numeric(20,6) not null
);
insert into ${table('load_clock')} (last) values (0);

create table ${table('partition')} (
  resource text not null,
  partition_key text not null,
  fence bigint not null default 0 check (fence >= 0),
  owner uuid,
  lease_until timestamptz,
  seq bigint not null default 0 check (seq >= 0),
  cursor_value text,
  scan_id bigint not null default 0,
  scan_token jsonb,
  scan_started_at timestamptz,
  complete_as_of timestamptz,
  status text not null default 'active' check (status in ('active', 'inaccessible', 'gone', 'halted')),
  fail_count int not null default 0,
  not_before timestamptz,
  not_before_reason text check (not_before_reason in ('failure', 'retry-after')),
  last_error text,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (resource, partition_key)
);
comment on column ${table('partition')}.fence is 'grows with every claim; writes of an older claim are refused';
comment on column ${table('partition')}.seq is 'packages committed so far; the token of the compare-and-set';
comment on column ${table('partition')}.complete_as_of is 'when the last finished scan began';

create table ${table('load')} (
  load_id text primary key,
  run_id uuid not null,
  resource text not null,
  rows_in int not null,
  rows_written int not null,
  committed_at timestamptz not null default clock_timestamp(),
  check (rows_written <= rows_in)
);

create table ${table('batch')} (
  resource text not null,
  partition_key text not null,
  seq bigint not null,
  load_id text references ${table('load')},
  fence bigint not null,
  run_id uuid not null,
  scan_id bigint not null,
  request text not null,
  body_sha256 text not null,
  rows_in int not null,
  token_before jsonb,
  token_after jsonb,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (resource, partition_key, seq)
);

create table ${table('run')} (
  run_id uuid primary key,
  trigger text not null,
  request jsonb not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'suspended', 'failed')),
  report jsonb
);

create table ${table('schema_change')} (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  run_id uuid not null,
  resource text not null,
  table_name text not null,
  column_name text not null,
  data_type text not null,
  change text not null
);`;
}

/** What the database itself enforces: load ids that only grow, positions that only move forward. */
function protocol({ schema, table }: StateNames): Sql {
  return sql`
create function ${schema}.next_load_id() returns text language sql as $$
  update ${table('load_clock')}
     set last = greatest(last + 0.000001, round(extract(epoch from clock_timestamp())::numeric, 6))
  returning to_char(last, 'FM0000000000.000000')
$$;

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
  for each row execute function ${schema}.guard_partition();

create function ${schema}.advance() returns void language plpgsql as $$
declare
  package jsonb := current_setting('gitlab_alloydb.package')::jsonb;
  step jsonb;
begin
  for step in
    select value from jsonb_array_elements(package -> 'advances') order by value ->> 'partition'
  loop
    update ${table('partition')} set
      seq = seq + 1,
      scan_token = nullif(step -> 'token_after', 'null'),
      cursor_value = case when (step ->> 'finished')::boolean
                          then coalesce(step ->> 'cursor', cursor_value) else cursor_value end,
      complete_as_of = case when (step ->> 'finished')::boolean then scan_started_at else complete_as_of end,
      owner = case when (step ->> 'finished')::boolean then null else owner end,
      lease_until = case when (step ->> 'finished')::boolean then null
                         else clock_timestamp() + make_interval(secs => (package ->> 'lease_seconds')::float8) end,
      status = 'active', fail_count = 0, not_before = null, not_before_reason = null, last_error = null
    where resource = package ->> 'resource' and partition_key = step ->> 'partition'
      and fence = (step ->> 'fence')::bigint and seq = (step ->> 'seq')::bigint;
    if not found then
      raise exception 'partition % of % was taken over', step ->> 'partition', package ->> 'resource'
        using errcode = 'GL009';
    end if;
  end loop;
end $$;

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
  return id;
end $$;`;
}
