import type { Check } from '../sql/checks.ts';
import { type Identifier, qualified } from '../sql/identifier.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import { FREE, LONGEST_LEASE } from './leases.ts';
import { stateNames } from './stateNames.ts';

const PARTITION = sql`resource || coalesce('/' || nullif(partition_key, ''), '')`;
const PACKAGE = sql`${PARTITION} || '#' || seq`;
const CHAIN = sql`window w as (partition by resource, partition_key order by seq)`;

/** What must hold of partitions and their history, also while runs work. */
export function stateChecks(dataset: string): readonly Check[] {
  return [...historyChecks(dataset), ...partitionChecks(dataset)];
}

function historyChecks(dataset: string): readonly Check[] {
  const { table } = stateNames(dataset);
  const batch = table('batch');
  const where = 'batch';
  const broken = (columns: Sql): Sql =>
    sql`select ${PACKAGE} as key from (select resource, partition_key, seq, ${columns} from ${batch} ${CHAIN}) x where bad`;
  return [
    {
      ...{ invariant: 'I1', where, promise: 'no package is missing between two others' },
      rows: broken(sql`seq <> lag(seq, 1, 0::bigint) over w + 1 as bad`),
    },
    {
      ...{ invariant: 'I3', where, promise: 'the fence never falls' },
      rows: sql`${broken(sql`fence < lag(fence) over w as bad`)} union all
        select ${PACKAGE} from ${batch} b join ${table('partition')} p using (resource, partition_key, seq)
        where b.fence > p.fence`,
    },
    {
      ...{ invariant: 'I4', where, promise: 'each package begins where the one before it ended' },
      rows: broken(
        sql`row_number() over w > 1 and token_before is distinct from lag(token_after) over w as bad`,
      ),
    },
    {
      ...{ invariant: 'I10', where, promise: 'load ids grow from package to package' },
      rows: sql`select ${PACKAGE} as key from (
        select resource, partition_key, seq, load_id <= lag(load_id) over w as bad
        from ${batch} where load_id is not null ${CHAIN}) x where bad`,
    },
    {
      ...{ invariant: 'I10', where: 'load_clock', promise: 'the clock is ahead of every load' },
      rows: sql`select load_id as key from ${table('load')}
          where load_id::numeric > (select last from ${table('load_clock')})
        union select last_load from ${table('partition')}
          where last_load::numeric > (select last from ${table('load_clock')})`,
    },
    {
      ...{ invariant: 'I17', where: 'load', promise: 'its rows are those of its packages' },
      rows: sql`select load_id as key from ${table('load')} l
        where origin = 'run' and rows_in <> (select coalesce(sum(rows_in), 0) from ${batch} b where b.load_id = l.load_id)`,
    },
  ];
}

function partitionChecks(dataset: string): readonly Check[] {
  const { table } = stateNames(dataset);
  const [partition, batch] = [table('partition'), table('batch')] as const;
  const where = 'partition';
  return [
    {
      ...{ invariant: 'I2', where, promise: 'counts the packages of its history' },
      rows: sql`select ${PARTITION} as key from ${partition} p full join (
          select resource, partition_key, max(seq) as last from ${batch} group by 1, 2) b
          using (resource, partition_key) where p.seq is null or p.seq <> coalesce(b.last, 0)`,
    },
    {
      ...{ invariant: 'I5', where, promise: 'stands where its last package ended' },
      rows: sql`select ${PARTITION} as key from ${partition} p join ${batch} b using (resource, partition_key, seq)
        where b.token_after is distinct from p.scan_token`,
    },
    {
      ...{ invariant: 'I12', where, promise: 'no scan is forgotten and none halted' },
      rows: sql`select ${PARTITION} as key, true as excused from ${partition}
        where status = 'halted' or scan_token is not null and status = 'active' and ${FREE}
          and updated_at < clock_timestamp() - interval '1 day' and coalesce(not_before, '-infinity') < clock_timestamp()`,
      notice: 'partitions that are halted, or that nobody has gone on with for a day; see status',
    },
    {
      ...{ invariant: 'I13', where, promise: 'leases have an owner, an end and a run' },
      rows: sql`select ${PARTITION} as key from ${partition} p
        where (owner is null) <> (lease_until is null)
          or lease_until > clock_timestamp() + ${LONGEST_LEASE}
          or lease_until > clock_timestamp() and not exists (select from ${table('run')} r where r.run_id = p.owner)
          or scan_token is not null and scan_started_at is null
          or complete_as_of > clock_timestamp()`,
    },
  ];
}

/** What must hold between the state and dlt's own tables, which must exist. */
export function loadChecks(dataset: string, schemaName: string): readonly Check[] {
  const { table } = stateNames(dataset);
  const [load, batch] = [table('load'), table('batch')] as const;
  const loads: Identifier = qualified(dataset, '_dlt_loads');
  return [
    {
      ...{ invariant: 'I7', where: '_dlt_loads', promise: 'has every load of the state once' },
      rows: sql`select load_id as key from ${load} s
        where (select count(*) from ${loads} l where l.load_id = s.load_id and l.status = 0) <> 1`,
    },
    {
      ...{ invariant: 'I7', where: 'load', promise: 'every load has its packages' },
      rows: sql`select load_id as key from ${load} s where origin = 'run'
        and not exists (select from ${batch} b where b.load_id = s.load_id)`,
    },
    eventCheck(dataset),
    {
      ...{ invariant: 'I7', where: '_dlt_loads', promise: 'every load is one of this loader' },
      rows: sql`select load_id as key, true as excused from ${loads} l
        where l.schema_name = ${literal(schemaName)}
          and not exists (select from ${load} s where s.load_id = l.load_id)`,
      notice: 'loads that others have made',
    },
  ];
}

function eventCheck(dataset: string): Check {
  const { table } = stateNames(dataset);
  return {
    ...{ invariant: 'I11', where: 'webhook_event' },
    promise: 'an event that was applied has a load, and no other event has it',
    rows: sql`select min(event_key) as key from ${table('webhook_event')} e
      left join ${table('load')} s on s.load_id = e.load_id and s.origin = 'webhook'
      where e.state = 'applied' group by e.load_id having count(s.load_id) <> 1`,
  };
}

/** A resource whose cursor was taken from rows or a clock, and the query for what a partition `p` has of them. */
export interface CursorRows {
  readonly resource: string;
  readonly where: string;
  readonly highest: Sql;
  /** Ids and loads are numbers. */
  readonly type: 'number' | 'instant';
}

const COMPARED = {
  number: {
    form: sql`'^[0-9]+([.][0-9]+)?$'`,
    cast: sql`numeric`,
    least: sql`-1`,
  },
  instant: {
    form: sql`'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$'`,
    cast: sql`timestamptz`,
    least: sql`'-infinity'`,
  },
} as const;

/**
 * No cursor is ahead of what it was taken from: what lies between would never be read. Rows that the quarantine holds in
 * place of the table may have been the latest.
 */
export function cursorCheck(
  dataset: string,
  { resource, where, highest, type }: CursorRows,
): Check {
  const { table } = stateNames(dataset);
  const { form, cast, least } = COMPARED[type];
  const isKept = sql`exists (select from ${table('quarantine')} q where q.resource = p.resource
    and q.partition_key = p.partition_key and q.resolved_at is null)`;
  return {
    ...{ invariant: 'I15', where, promise: `no cursor of ${resource} is ahead of the rows` },
    rows: sql`select ${PARTITION} as key from ${table('partition')} p
      where resource = ${literal(resource)} and case when cursor_value ~ ${form}
        then cursor_value::${cast} > coalesce((${highest})::${cast}, ${least}) and not ${type === 'instant' ? isKept : sql`false`}
        else cursor_value is not null end`,
  };
}
