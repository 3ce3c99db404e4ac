import { type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** Webhooks: every event once, the rows that events wrote, and which partitions events have told about. */
export function webhookTables(names: StateNames): Sql {
  const { schema, table } = names;
  return sql`
create table ${table('webhook_event')} (
  event_key text primary key,
  kind text not null,
  state text not null default 'received' check (state in ('received', 'applied', 'noop', 'failed', 'dead')),
  reason text,
  deliveries int not null default 1,
  attempts int not null default 0,
  object text,
  asked_at timestamptz,
  received_at timestamptz,
  first_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  load_id text
);
create index on ${table('webhook_event')} (first_at);
create index on ${table('webhook_event')} (object, asked_at);
create index on ${table('webhook_event')} (state) where state not in ('applied', 'noop');
comment on column ${table('webhook_event')}.event_key is 'Idempotency-Key of the delivery: the same however often it comes';
comment on column ${table('webhook_event')}.state is
  'applied: its rows were written, in load_id; noop: nothing was to be written; failed: it is tried again; dead: it is not';
comment on column ${table('webhook_event')}.object is 'the paths that GitLab was asked for';
comment on column ${table('webhook_event')}.asked_at is
  'when it was asked: events that were there before and are about the same object need no other question';
comment on column ${table('webhook_event')}.received_at is 'by the clock of whoever received it';
comment on column ${table('webhook_event')}.attempts is 'how often it failed in a way that waiting does not mend';

${rowTable(names)}

alter table ${table('load')}
  add column origin text not null default 'run' check (origin in ('run', 'webhook'));
create index on ${table('load')} (committed_at) where origin = 'webhook';

alter table ${table('partition')} add column wanted_at timestamptz;
comment on column ${table('partition')}.wanted_at is 'when an event told of something that a scan has to read';

create function ${schema}.refuse(code text, message text) returns void language plpgsql as $$
begin
  raise exception '%', message using errcode = code;
end $$;`;
}

function rowTable({ table }: StateNames): Sql {
  return sql`
create table ${table('webhook_row')} (
  table_name text not null,
  row_id text not null,
  written_at timestamptz not null,
  is_gone boolean not null,
  primary key (table_name, row_id)
);
create index on ${table('webhook_row')} (table_name, written_at);
comment on table ${table('webhook_row')} is
  'rows that events wrote or deleted lately: scans that began before may have read something older';`;
}
