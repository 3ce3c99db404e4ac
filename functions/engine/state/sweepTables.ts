import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** Where each partition's search for deleted rows stands, what its scan has seen, and what was deleted. */
export function sweepTables(names: StateNames): Sql {
  const { table } = names;
  return sql`
alter table ${table('partition')}
  add column sweep_status text check (sweep_status in ('reading', 'due', 'halted')),
  add column sweep_scan bigint,
  add column sweep_before text,
  add column sweep_note text,
  add column sweep_allowed boolean not null default false,
  add column swept_at timestamptz;
update ${table('partition')} set swept_at = complete_as_of;
comment on column ${table('partition')}.sweep_status is 'reading: the scan keeps what it sees; due: rows that it did not see are looked for; halted: too many, until resumed';
comment on column ${table('partition')}.sweep_scan is 'the scan_id whose keys are in sweep_ids';
comment on column ${table('partition')}.sweep_before is 'rows of later loads were written since the scan began';
comment on column ${table('partition')}.sweep_allowed is 'a person has confirmed that the next sweep may delete any number of rows';

alter table ${table('batch')}
  add column kind text not null default 'page' check (kind in ('page', 'sweep')),
  add column rows_deleted int not null default 0;

create table ${table('sweep_ids')} (
  resource text not null,
  partition_key text not null,
  scan_id bigint not null,
  seq bigint not null,
  kind text not null check (kind in ('seen', 'absent')),
  ids text[] not null
);
create index on ${table('sweep_ids')} (resource, partition_key, scan_id);
comment on table ${table('sweep_ids')} is 'the _dlt_ids that the packages of a full scan showed, until its sweep; or those that it lacked, until the next one';

create table ${table('tombstone')} (
  table_name text not null,
  row_id text not null,
  resource text not null,
  partition_key text not null,
  key jsonb not null,
  kind text not null default 'sweep',
  reason text not null,
  deleted_at timestamptz not null default clock_timestamp(),
  load_id text not null,
  last_load_id text not null,
  primary key (table_name, row_id)
);
create index on ${table('tombstone')} (resource, partition_key);
comment on column ${table('tombstone')}.load_id is 'the load that deleted the row; what older loads bring of it is dropped';
comment on column ${table('tombstone')}.last_load_id is 'the load that the row was of';
${recordSeenFunction(names)}`;
}

/** Keeps what the pages of a package showed, in its transaction; its end makes the sweep due. */
function recordSeenFunction({ schema, table }: StateNames): Sql {
  return sql`
create function ${schema}.record_seen() returns void language plpgsql as $$
declare
  package jsonb := current_setting('gitlab_alloydb.seen')::jsonb;
  step jsonb;
begin
  for step in select value from jsonb_array_elements(package -> 'partitions') order by value ->> 'partition' loop
    insert into ${table('sweep_ids')} (resource, partition_key, scan_id, seq, kind, ids)
    values (package ->> 'resource', step ->> 'partition', (step ->> 'scan_id')::bigint, (step ->> 'seq')::bigint,
            'seen', string_to_array(step ->> 'ids', ','));
    if (step ->> 'partial')::boolean or (step ->> 'finished')::boolean then
      update ${table('partition')} set sweep_status = case when (step ->> 'partial')::boolean then null else 'due' end
      where resource = package ->> 'resource' and partition_key = step ->> 'partition'
        and sweep_scan = (step ->> 'scan_id')::bigint and sweep_status = 'reading';
    end if;
  end loop;
end $$;`;
}
