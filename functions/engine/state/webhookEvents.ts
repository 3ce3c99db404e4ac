import type { LoadId } from '../model/ids.ts';
import { loadId } from '../model/ids.ts';
import type { Database } from '../sql/pool.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { stateNames } from './stateNames.ts';

/** Where events are kept. */
export interface EventStore {
  readonly database: Pick<Database, 'query'>;
  readonly dataset: string;
}

/** Where an event stands. */
export type EventState = 'received' | 'applied' | 'noop' | 'failed' | 'dead';

/** An event that arrives. */
export interface ArrivedEvent {
  readonly key: string;
  readonly kind: string;
  readonly receivedAt: Date | undefined;
}

/** Notes that an event was delivered, and tells how it stands. */
export async function receiveEvent(
  { database, dataset }: EventStore,
  { key, kind, receivedAt }: ArrivedEvent,
): Promise<EventState> {
  const { table } = stateNames(dataset);
  const { rows } = await database.query<{ state: EventState }>(
    sql`insert into ${table('webhook_event')} as known (event_key, kind, received_at)
        values ($1::text, $2::text, $3::timestamptz)
        on conflict (event_key) do update set deliveries = known.deliveries + 1 returning state`,
    [key, kind, receivedAt ?? null],
  );
  return rows[0]?.state ?? 'received';
}

/** What is known the moment before GitLab is asked. */
export interface Moment {
  /** By the database's clock. */
  readonly asked: string;
  readonly load: LoadId;
  readonly state: EventState;
  /** Grows with every change of the schema. */
  readonly schema: bigint;
  /** Since the event arrived, another one about the same object has asked GitLab and was applied. */
  readonly isKnown: boolean;
}

/** Clocks of receiver and database may differ by less. */
const CLOCKS = sql`interval '5 seconds'`;

/** Takes a load id and the time for an event that is about to ask GitLab for `object`. */
export async function takeMoment(
  { database, dataset }: EventStore,
  key: string,
  object: string,
): Promise<Moment> {
  const { table, schema } = stateNames(dataset);
  const { rows } = await database.query<Omit<Moment, 'load'> & { load: string }>(
    sql`select clock_timestamp()::text as asked, ${schema}.next_load_id() as load, e.state,
          (select coalesce(max(id), 0) from ${table('schema_change')}) as schema,
          exists (select from ${table('webhook_event')} o where o.object = $2::text
            and o.asked_at >= least(e.first_at, e.received_at + ${CLOCKS})) as "isKnown"
        from ${table('webhook_event')} e where e.event_key = $1::text`,
    [key, object],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`there is no event '${key}'`);
  return { ...row, load: loadId(row.load) };
}

const OPEN = sql`state in ('received', 'failed')`;

/** Holds the event until the end of the transaction; refuses (GL012) when it was settled meanwhile. */
export function holdEvent(dataset: string, key: string): Sql {
  const { table, schema } = stateNames(dataset);
  return sql`with own as (
      select from ${table('webhook_event')} where event_key = ${literal(key)} and ${OPEN} for update)
    select ${schema}.refuse('GL012', 'the event was settled by another delivery') where not exists (select from own)`;
}

/** How an event is settled. */
export interface Settlement {
  readonly key: string;
  /** Why nothing was written, where nothing was. */
  readonly reason: string;
  /** What GitLab was asked for, and when. */
  readonly asked?: { readonly object: string; readonly at: string };
}

/** Settles a held event as applied in `load` where `touched`, else as one with nothing to write. */
export function settleEvent(
  dataset: string,
  { key, reason, asked }: Settlement,
  { load, touched }: { readonly load: string; readonly touched: Sql },
): Sql {
  const question =
    asked === undefined
      ? sql``
      : sql`, object = ${literal(asked.object)}, asked_at = ${literal(asked.at)}::timestamptz`;
  return sql`update ${stateNames(dataset).table('webhook_event')} set settled_at = clock_timestamp(),
      state = case when ${touched} then 'applied' else 'noop' end,
      load_id = case when ${touched} then ${literal(load)} end,
      reason = case when not ${touched} then ${literal(reason)} end${question}
    where event_key = ${literal(key)} returning state`;
}

/** Settles an event that writes nothing, unless it is settled. */
export async function dismissEvent(
  { database, dataset }: EventStore,
  { key, reason }: Pick<Settlement, 'key' | 'reason'>,
): Promise<void> {
  await database.query(
    sql`update ${stateNames(dataset).table('webhook_event')} set state = 'noop', settled_at = clock_timestamp(),
          reason = $2::text where event_key = $1::text and ${OPEN}`,
    [key, reason],
  );
}

/** A failed attempt: whether waiting mends it, and after how many others the event is given up. */
export interface FailedAttempt {
  readonly key: string;
  readonly reason: string;
  readonly kind: 'passing' | 'counted';
  readonly most: number;
}

/** Notes that an event failed; gives `dead` when it is tried no more. */
export async function failEvent(
  { database, dataset }: EventStore,
  { key, reason, kind, most }: FailedAttempt,
): Promise<EventState> {
  const { rows } = await database.query<{ state: EventState }>(
    sql`update ${stateNames(dataset).table('webhook_event')} set attempts = attempts + $3::int, reason = $2::text,
          state = case when attempts + $3::int >= $4::int then 'dead' else 'failed' end
        where event_key = $1::text and ${OPEN} returning state`,
    [key, reason, kind === 'counted' ? 1 : 0, most],
  );
  return rows[0]?.state ?? 'applied';
}

/** Events that are deleted at a time. */
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Deletes some events that are older than `days`, dead ones too, and what events wrote before the oldest scan under way
 * began: no page may be that old any more.
 */
export async function forgetEvents(
  { database, dataset }: EventStore,
  days: number,
): Promise<number> {
  const { table } = stateNames(dataset);
  const limit = FORGOTTEN_AT_ONCE.toString() as Sql;
  await database.query(
    sql`delete from ${table('webhook_row')} where (table_name, row_id) in (
          select table_name, row_id from ${table('webhook_row')} where written_at < greatest(
            least(clock_timestamp() - interval '1 hour', (select min(scan_started_at) from ${table('partition')} where owner is not null)),
            clock_timestamp() - interval '7 days') limit ${limit})`,
  );
  const { rowCount } = await database.query(
    sql`delete from ${table('webhook_event')} where event_key in (
          select event_key from ${table('webhook_event')}
          where first_at < clock_timestamp() - make_interval(days => $1::int) order by first_at limit ${limit})`,
    [days],
  );
  return rowCount;
}

/** How events of one state stand. */
export interface EventStatus {
  readonly state: EventState;
  readonly events: number;
  readonly deliveries: number;
  /** When the last of them came. */
  readonly last: Date;
  /** From being received to being settled, of half of those of the last day; null where none was. */
  readonly seconds: number | null;
  /** Why the last one did not write anything. */
  readonly reason: string | null;
}

/** Counts the events that are kept, by state. */
export async function readEventStatus({
  database,
  dataset,
}: EventStore): Promise<readonly EventStatus[]> {
  const { rows } = await database.query<EventStatus>(
    sql`select state, count(*)::int as events, sum(deliveries)::int as deliveries, max(first_at) as last,
          percentile_cont(0.5) within group (order by extract(epoch from settled_at - coalesce(received_at, first_at)))
            filter (where first_at > clock_timestamp() - interval '1 day') as seconds,
          (array_agg(reason order by first_at desc) filter (where reason is not null))[1] as reason
        from ${stateNames(dataset).table('webhook_event')} group by state order by state`,
  );
  return rows;
}
