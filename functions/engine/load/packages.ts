import { LoaderError } from '../model/errors.ts';
import type { LoadId } from '../model/ids.ts';
import type { LoadPackage } from '../model/package.ts';
import type { TableChain } from '../model/rows.ts';
import { needsWholeScan } from '../model/writeMethod.ts';
import { binaryCopy } from '../sql/copy.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { adoptRows } from './adopt.ts';
import type { Adoptions, LoadPath } from './choosePath.ts';
import { isReplaceable, refuseBesideEvents, requireWritten, yieldToEvents } from './eventRows.ts';
import { createStage, insertNewRows, stagedIn, type StagedJob, upsertChain } from './merge.ts';
import { replaceMergeKey } from './mergeKey.ts';
import { deleteReplaced } from './replace.ts';
import { respectTombstones } from './tombstones.ts';
import { versionRows } from './versionRows.ts';

/** What the last message of the transaction does with the rows, and how it counts the roots it wrote. */
export interface RowStatements {
  readonly statements: Sql;
  /** A scalar: root rows of the resource's own table that were written. */
  readonly written: Sql;
  /** A scalar: whether any table was touched. */
  readonly touched: Sql;
}

/** A package, the way it takes and the load that it becomes. */
export interface Sending {
  readonly loadPackage: LoadPackage;
  readonly path: LoadPath;
  readonly load: LoadId;
  readonly adoptions: Adoptions;
  /** When GitLab was asked, by the database's clock, where an event and no scan brings the rows; its path is guarded. */
  readonly asked?: string;
}

/** Sends the rows to where their path wants them; returns what remains to be done in the last message. */
export async function sendRows(
  session: Session,
  dataset: string,
  sending: Sending,
): Promise<RowStatements> {
  requireChains(sending.loadPackage);
  return sending.path === 'fresh'
    ? sendFresh(session, dataset, sending)
    : sendGuarded(session, dataset, sending);
}

/** Rows of a table that no chain names would be staged and then forgotten. */
function requireChains({ jobs, chains }: LoadPackage): void {
  const known = new Set(
    chains.flatMap(({ root, children }) => [root, ...children.map(({ table }) => table)]),
  );
  const stray = jobs.find(({ table }) => !known.has(table));
  if (stray === undefined) return;
  throw new LoaderError('E_VALUE', `Table '${stray.table}' is known to no root table.`, {
    details: { table: stray.table },
  });
}

async function sendFresh(
  session: Session,
  dataset: string,
  { loadPackage, load }: Sending,
): Promise<RowStatements> {
  const { jobs, chains, advances } = loadPackage;
  for (const job of byName(jobs, ({ table }) => table)) {
    const table = qualified(dataset, job.table);
    await session.copyIn(copyText(table, job.columns), binaryCopy(job.tuples));
  }
  const written = jobs.find(({ table }) => table === chains[0]?.root)?.rows ?? 0;
  const replaced = chains
    .filter(({ method }) => method === 'replace')
    .map((chain) => deleteReplaced(dataset, chain, { load, partitions: partitionsOf(advances) }));
  const checks = chains
    .filter(({ method, rowIds }) => method === 'upsert' && rowIds.length > 0)
    .map((chain) => refuseBesideEvents(dataset, chain, { loadPackage, load }));
  return {
    statements: inOrder(...replaced, ...checks),
    written: literal(written.toString()),
    touched: jobs.length + replaced.length > 0 ? sql`true` : sql`false`,
  };
}

async function sendGuarded(
  session: Session,
  dataset: string,
  sending: Sending,
): Promise<RowStatements> {
  const { jobs, chains } = sending.loadPackage;
  const staged: readonly StagedJob[] = jobs.map((job, index) => ({
    job,
    stage: identifier(`gitlab_alloydb_stage_${index.toString()}`),
  }));
  const settings = sql`set local jit = off; set local enable_hashjoin = off; set local enable_mergejoin = off`;
  await session.simple(
    joined([settings, ...staged.map((job) => createStage(dataset, job))], sql`;\n`),
  );
  for (const { job, stage } of staged) {
    await session.copyIn(copyText(stage, job.columns), binaryCopy(job.tuples));
  }
  const merges = byName(chains, ({ root }) => root).map((chain) =>
    writeChain(dataset, chain, { ...sending, staged }),
  );
  const roots = chains.map(({ root }) => stagedIn(staged, root)?.stage);
  const counts = roots.map((stage) =>
    stage === undefined ? sql`0` : sql`(select count(*) from ${stage})`,
  );
  return {
    statements: inOrder(...merges),
    written: counts[0] ?? sql`0`,
    touched: chains.some(mayDelete) ? sql`true` : sql`(${joined(counts, sql` + `)}) > 0`,
  };
}

/** What a chain's statements are made with. */
interface Writing extends Omit<Sending, 'path'> {
  readonly staged: readonly StagedJob[];
}

function writeChain(dataset: string, chain: TableChain, writing: Writing): Sql {
  const { staged, adoptions, load } = writing;
  const partitions = partitionsOf(writing.loadPackage.advances);
  const rules = adoptions.get(chain.root);
  const adopted = rules === undefined ? sql`` : adoptRows(dataset, chain, { staged, rules });
  switch (chain.method) {
    case 'upsert':
      return inOrder(
        adopted,
        chain.hasLooseKeys === true
          ? replaceMergeKey(dataset, { ...chain, mergeKey: chain.primaryKey }, staged)
          : sql``,
        ...guardedUpsert(dataset, chain, writing),
        respectTombstones(dataset, chain, writing),
      );
    case 'insert-only':
      return inOrder(adopted, insertNewRows(dataset, chain, staged));
    case 'merge-key':
      return inOrder(
        adopted,
        replaceMergeKey(dataset, chain, staged),
        upsertChain(dataset, chain, staged),
      );
    case 'scd2':
      return versionRows(dataset, chain, { staged, load, partitions });
    case 'replace':
      return inOrder(
        deleteReplaced(dataset, chain, { load, partitions }),
        insertNewRows(dataset, chain, staged),
      );
    case 'append':
      return insertNewRows(dataset, chain, staged);
    case 'skip':
      return sql``;
  }
}

/** Neither the page of a scan nor the answer to an event replaces what is newer. */
function guardedUpsert(dataset: string, chain: TableChain, writing: Writing): readonly Sql[] {
  const { staged, asked, load, adoptions } = writing;
  if (asked === undefined) {
    const { before, after } = yieldToEvents(dataset, chain, writing);
    return [...before, upsertChain(dataset, chain, staged), ...after];
  }
  const before = adoptions.get(chain.root)?.before;
  const only = (columns: readonly string[]): Sql =>
    isReplaceable(dataset, { asked, columns, before });
  return [
    upsertChain(dataset, chain, staged, only),
    requireWritten(dataset, chain, { staged, load }),
  ];
}

/** Every writer keeps to this order, so that two packages cannot wait for each other. */
function byName<T>(list: readonly T[], nameOf: (one: T) => string): readonly T[] {
  return list.toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
}

/** One statement after the other, without those that are empty; empty where all of them are. */
function inOrder(...statements: readonly Sql[]): Sql {
  return joined(
    statements.filter((text) => text !== ''),
    sql`;\n`,
  );
}

/** Whether the package may change the table without writing a row into it. */
function mayDelete({ method, hardDelete }: TableChain): boolean {
  return hardDelete !== undefined || needsWholeScan(method);
}

function partitionsOf(advances: LoadPackage['advances']): readonly string[] {
  return advances.map(({ partition }) => partition);
}

function copyText(table: Sql | ReturnType<typeof identifier>, columns: readonly string[]): Sql {
  return sql`copy ${table} (${joined(columns.map(identifier))}) from stdin (format binary)`;
}
