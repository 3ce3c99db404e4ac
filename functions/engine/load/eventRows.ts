import type { LoadPackage } from '../model/package.ts';
import type { TableChain } from '../model/rows.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { stagedIn, type StagedJob } from './merge.ts';

const ID = identifier('_dlt_id');
const CHANGED_AT = 'updated_at';

function stateTable(dataset: string, name: string): Identifier {
  return qualified(`${dataset}_state`, name);
}

/** Where the state keeps which rows events have written or deleted lately. */
export function eventRows(dataset: string): Identifier {
  return stateTable(dataset, 'webhook_row');
}

/** What a package of scans is compared with. */
export interface ScannedRows {
  readonly staged: readonly StagedJob[];
  readonly loadPackage: Pick<LoadPackage, 'resource' | 'advances'>;
}

/** What stands before and after the statements that write a chain. */
export interface Yielding {
  readonly before: readonly Sql[];
  readonly after: readonly Sql[];
}

/**
 * Takes rows out of the stage that an event has written since the scans of the package began, because their page may be
 * older; the next scan reads them again. `updated_at` decides where rows have it. Rows that an event writes between the two
 * statements, while the package waits for them, refuse it (GL011): repeated, it sees them.
 */
export function yieldToEvents(dataset: string, chain: TableChain, scanned: ScannedRows): Yielding {
  const root = stagedIn(scanned.staged, chain.root);
  if (root === undefined) return { before: [], after: [] };
  const { stage, job } = root;
  const since = scansBegan(dataset, scanned.loadPackage);
  const seen = literal(`gitlab_alloydb.seen_${stage}`.replaceAll('"', ''));
  const own = sql`g.table_name = ${literal(chain.root)} and g.row_id = s.${ID}`;
  const hasInstant = job.columns.includes(CHANGED_AT);
  const compared = (order: Sql): Sql =>
    hasInstant ? sql`coalesce(s.updated_at ${order} t.updated_at, false)` : sql`false`;
  const isRestored = scanned.loadPackage.advances.some(({ mayRewind }) => mayRewind);
  const isOlder = isRestored ? sql`false` : compared(sql`<`);
  return {
    before: [
      sql`select set_config(${seen}, coalesce((select jsonb_object_agg(g.row_id, g.written_at)::text
        from ${eventRows(dataset)} g, ${stage} s where ${own}), '{}'), true)`,
      sql`delete from ${stage} s using ${eventRows(dataset)} g
        left join ${qualified(dataset, chain.root)} t on t.${ID} = g.row_id
        where ${own} and (g.written_at >= ${since} and not ${compared(sql`>`)} or ${isOlder})`,
    ],
    after: [
      sql`select ${refusal(dataset)} from ${eventRows(dataset)} g, ${stage} s
        where ${own} and g.written_at >= ${since}
          and (current_setting(${seen})::jsonb ->> g.row_id) is distinct from (to_jsonb(g.written_at) #>> '{}')`,
    ],
  };
}

/** The same for rows that go straight into the table, because nothing was stored or deleted when the package began. */
export function refuseBesideEvents(
  dataset: string,
  chain: TableChain,
  { loadPackage, load }: { readonly loadPackage: LoadPackage; readonly load: string },
): Sql {
  return sql`select ${refusal(dataset)} from ${eventRows(dataset)} g
    join ${qualified(dataset, chain.root)} t on t.${ID} = g.row_id
    where g.table_name = ${literal(chain.root)} and g.written_at >= ${scansBegan(dataset, loadPackage)}
      and t._dlt_load_id = ${literal(load)}`;
}

function refusal(dataset: string): Sql {
  return sql`${identifier(`${dataset}_state`)}.refuse('GL011', 'an event has written a newer row')`;
}

/** When the earliest of the package's scans began, by the database's clock. */
function scansBegan(
  dataset: string,
  { resource, advances }: Pick<LoadPackage, 'resource' | 'advances'>,
): Sql {
  const keys = advances.map(({ partition }) => literal(partition));
  if (keys.length === 0) return sql`'-infinity'::timestamptz`;
  return sql`(select coalesce(min(p.scan_started_at), '-infinity') from ${stateTable(dataset, 'partition')} p
    where p.resource = ${literal(resource.id)} and p.partition_key in (${joined(keys)}))`;
}

/**
 * Whether an event that asked GitLab at `asked` may replace the stored row `t`: it was committed before, and GitLab does
 * not call it newer. Loads that this snapshot does not see yet were committed after.
 */
export function isReplaceable(
  dataset: string,
  { asked, columns, before }: EventOrder & { readonly columns: readonly string[] },
): Sql {
  const [load, loads] = [stateTable(dataset, 'load'), qualified(dataset, '_dlt_loads')];
  const instant = sql`${literal(asked)}::timestamptz`;
  const own = sql`exists (select from ${load} l where l.load_id = t._dlt_load_id and l.committed_at < ${instant})`;
  const foreign = sql`not exists (select from ${load} l where l.load_id = t._dlt_load_id)
    and exists (select from ${loads} d where d.load_id = t._dlt_load_id and d.inserted_at < ${instant})`;
  const taken = before === undefined ? sql`` : sql` or t._dlt_load_id < ${literal(before)}`;
  const notOlder = columns.includes(CHANGED_AT)
    ? sql` and coalesce(t.updated_at <= excluded.updated_at, true)`
    : sql``;
  return sql`(${own} or ${foreign}${taken})${notOlder}`;
}

/** When an event asked GitLab, by the database's clock; rows of loads before `before` are others'. */
export interface EventOrder {
  readonly asked: string;
  readonly before?: string | undefined;
}

/** Refuses the event (GL011) when a staged row was kept away by a newer one. */
export function requireWritten(
  dataset: string,
  chain: TableChain,
  { staged, load }: { readonly staged: readonly StagedJob[]; readonly load: string },
): Sql {
  const stage = stagedIn(staged, chain.root)?.stage;
  if (stage === undefined) return sql``;
  return sql`select ${refusal(dataset)} from ${stage} s
    join ${qualified(dataset, chain.root)} t on t.${ID} = s.${ID} where t._dlt_load_id <> ${literal(load)}`;
}

/** Refuses the event (GL011) when a row that it deletes may have been written since it asked GitLab; else holds the rows. */
export function requireReplaceable(
  dataset: string,
  { table, ids }: { readonly table: string; readonly ids: readonly string[] },
  order: EventOrder,
): Sql {
  const stored = sql`${qualified(dataset, table)} t where t.${ID} in (${joined(ids.map(literal))})`;
  return joined(
    [
      sql`select 1 from ${stored} order by t.${ID} for update`,
      sql`select ${refusal(dataset)} from ${stored} and not ${isReplaceable(dataset, { ...order, columns: [] })}`,
    ],
    sql`;\n`,
  );
}

/** A scalar: whether the load has deleted one of the rows. */
export function hasDeleted(
  dataset: string,
  {
    table,
    ids,
    load,
  }: { readonly table: string; readonly ids: readonly string[]; readonly load: string },
): Sql {
  return sql`exists (select from ${stateTable(dataset, 'tombstone')} b where b.table_name = ${literal(table)}
    and b.row_id in (${joined(ids.map(literal))}) and b.load_id = ${literal(load)})`;
}
