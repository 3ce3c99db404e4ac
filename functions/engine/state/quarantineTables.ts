import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** Records that cannot be stored, each once however often it is read, and what writes them. */
export function quarantineTables(names: StateNames): Sql {
  return sql`${quarantineTable(names)}${quarantineFunction(names)}`;
}

function quarantineTable({ table }: StateNames): Sql {
  return sql`
alter table ${table('batch')} add column rows_quarantined int not null default 0;

create table ${table('quarantine')} (
  resource text not null,
  partition_key text not null,
  raw_sha256 text not null,
  reason text not null check
    (reason in ('key-missing', 'value-unfit', 'too-deep', 'too-large', 'too-many-tables', 'refused', 'defect')),
  explanation text not null,
  request text not null,
  place int not null,
  raw text not null,
  raw_characters bigint not null,
  row_id text,
  times bigint not null,
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  last_load_id text not null,
  last_run_id uuid not null,
  resolved_at timestamptz,
  resolved_load_id text,
  primary key (resource, partition_key, raw_sha256)
);
comment on table ${table('quarantine')} is 'records of committed packages that could not be stored';
comment on column ${table('quarantine')}.place is 'among the records of the page, from 0';
comment on column ${table('quarantine')}.raw is 'JSON, *** for secret fields; of a long record the beginning';
comment on column ${table('quarantine')}.row_id is 'the _dlt_id that its row would have';
comment on column ${table('quarantine')}.last_load_id is 'stands in load and _dlt_loads only if it wrote rows';
comment on column ${table('quarantine')}.resolved_at is 'when a record with the same key was stored';`;
}

/**
 * Keeps the package's records that could not be stored, and notes which of those before now were; gives back the load
 * id that it is given, so that it runs after what computes that.
 */
function quarantineFunction({ schema, table }: StateNames): Sql {
  return sql`
create function ${schema}.quarantine_records(load_id text) returns text language plpgsql as $$
declare
  package jsonb := current_setting('gitlab_alloydb.package')::jsonb;
begin
  update ${table('quarantine')} set resolved_at = clock_timestamp(), resolved_load_id = package ->> 'load_id'
   where resource = package ->> 'resource' and resolved_at is null
     and row_id in (select jsonb_array_elements_text(package -> 'resolved'));
  insert into ${table('quarantine')} as known
    (resource, partition_key, raw_sha256, reason, explanation, request, place, raw, raw_characters, row_id, times,
     last_load_id, last_run_id)
  select package ->> 'resource', r.partition, r.raw_sha256, r.reason, r.explanation, r.request, r.place, r.raw,
         r.raw_characters, r.row_id, r.times, package ->> 'load_id', (package ->> 'run_id')::uuid
  from jsonb_to_recordset(package -> 'quarantined') as r (partition text, raw_sha256 text, reason text,
    explanation text, request text, place int, raw text, raw_characters bigint, row_id text, times bigint)
  order by 2, 3
  on conflict (resource, partition_key, raw_sha256) do update set
    reason = excluded.reason, explanation = excluded.explanation, request = excluded.request, place = excluded.place,
    row_id = excluded.row_id, times = known.times + excluded.times, last_at = excluded.last_at,
    last_load_id = excluded.last_load_id, last_run_id = excluded.last_run_id, resolved_at = null, resolved_load_id = null;
  update ${table('batch')} b set rows_quarantined = q.rows
  from (select a.value ->> 'partition' as partition_key, (a.value ->> 'seq')::bigint + 1 as seq,
               sum((r.value ->> 'times')::int)::int as rows
        from jsonb_array_elements(package -> 'advances') a
        join jsonb_array_elements(package -> 'quarantined') r on r.value ->> 'partition' = a.value ->> 'partition'
        group by 1, 2) q
  where b.resource = package ->> 'resource' and (b.partition_key, b.seq) = (q.partition_key, q.seq);
  return load_id;
end $$;`;
}
