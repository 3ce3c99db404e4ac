import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** Where every partition stands: who works on it, how far it is, how its last scan ended. */
export function partitionTable({ table }: StateNames): Sql {
  return sql`
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
  failing_code text,
  failing_runs int not null default 0,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (resource, partition_key)
);
comment on column ${table('partition')}.fence is 'grows with every claim; writes of an older claim are refused';
comment on column ${table('partition')}.seq is 'packages committed so far; the token of the compare-and-set';
comment on column ${table('partition')}.complete_as_of is 'when the last finished scan began';
comment on column ${table('partition')}.failing_code is 'the error that waiting does not mend and that every run has met since failing_runs was 1';`;
}

/** One `load` per package that wrote rows, one `batch` per partition that a package moved. */
export function historyTables({ table }: StateNames): Sql {
  return sql`
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
);`;
}

/** Runs and what became of the schema: for people, and for runs that go on with others' work. */
export function diaryTables(names: StateNames): Sql {
  return sql`${runTable(names)}${schemaTables(names)}`;
}

/** Runs with the instant each was about. */
function runTable({ table }: StateNames): Sql {
  return sql`
create table ${table('run')} (
  run_id uuid primary key,
  trigger text not null,
  request jsonb not null,
  selection text not null,
  as_of timestamptz not null,
  as_of_reached boolean not null default false,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'suspended', 'failed')),
  report jsonb
);

create index on ${table('run')} (selection, as_of);`;
}

/** What contracts left out and what was added to the schema. */
function schemaTables({ table }: StateNames): Sql {
  return sql`
create table ${table('contract_violation')} (
  resource text not null,
  entity text not null check (entity in ('tables', 'columns', 'data_type')),
  mode text not null check (mode in ('discard_row', 'discard_value')),
  table_name text not null,
  column_name text not null,
  left_out bigint not null,
  last_load_id text not null,
  last_at timestamptz not null,
  primary key (resource, entity, mode, table_name, column_name)
);
comment on table ${table('contract_violation')} is 'rows and values of committed packages that SCHEMA_CONTRACT left out';
comment on column ${table('contract_violation')}.left_out is 'grows each time that such a value is read again';
comment on column ${table('contract_violation')}.last_load_id is 'stands in load and _dlt_loads only if it wrote rows';

create table ${table('schema_change')} (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  run_id uuid not null,
  resource text not null,
  load_id text not null,
  table_name text not null,
  column_name text not null,
  change text not null check (change in ('table-created', 'column-added', 'variant-added')),
  old_type text,
  new_type text not null,
  sample text,
  views text[] not null
);
comment on column ${table('schema_change')}.load_id is 'the load whose rows needed the column; it may have failed';
comment on column ${table('schema_change')}.old_type is 'type of the column beside which a variant column stands';
comment on column ${table('schema_change')}.sample is 'the value that made the column necessary; *** for secrets';
comment on column ${table('schema_change')}.views is 'views that read the table, directly or by way of others';`;
}
