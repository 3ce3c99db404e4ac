import type { LoadPackage } from '../model/package.ts';
import { binaryCopy } from '../sql/copy.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import { createStage, mergeChain, type StagedJob } from './merge.ts';

/** `fresh`: no key of the package is stored, rows go straight into the tables. `guarded`: by way of a stage. */
export type LoadPath = 'fresh' | 'guarded';

/** What the last message of the transaction does with the rows, and how it counts the roots it wrote. */
export interface RowStatements {
  readonly statements: Sql;
  /** A scalar: root rows of the resource's own table that were written. */
  readonly written: Sql;
  /** A scalar: whether any table was touched. */
  readonly touched: Sql;
}

/** Looks whether any row of the package is stored already. */
export async function choosePath(
  session: Session,
  dataset: string,
  { chains }: LoadPackage,
): Promise<LoadPath> {
  for (const { root, rowIds } of chains) {
    if (rowIds.length === 0) continue;
    const { rows } = await session.query<{ found: boolean }>(
      sql`select exists (select from ${qualified(dataset, root)} where _dlt_id = any ($1::text[])) as found`,
      [rowIds],
    );
    if (rows[0]?.found === true) return 'guarded';
  }
  return 'fresh';
}

/** Sends the rows to where their path wants them; returns what remains to be done in the last message. */
export async function sendRows(
  session: Session,
  dataset: string,
  { loadPackage, path }: { readonly loadPackage: LoadPackage; readonly path: LoadPath },
): Promise<RowStatements> {
  return path === 'fresh'
    ? sendFresh(session, dataset, loadPackage)
    : sendGuarded(session, dataset, loadPackage);
}

async function sendFresh(
  session: Session,
  dataset: string,
  { jobs, chains }: LoadPackage,
): Promise<RowStatements> {
  // In the order of names, which every writer keeps, so that two packages cannot wait for each other.
  for (const job of jobs.toSorted((left, right) => (left.table < right.table ? -1 : 1))) {
    const table = qualified(dataset, job.table);
    await session.copyIn(copyText(table, job.columns), binaryCopy(job.tuples));
  }
  const written = chains[0]?.rowIds.length ?? 0;
  return {
    statements: sql``,
    written: literal(written.toString()),
    touched: jobs.length > 0 ? sql`true` : sql`false`,
  };
}

async function sendGuarded(
  session: Session,
  dataset: string,
  { jobs, chains }: LoadPackage,
): Promise<RowStatements> {
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
  const inOrder = chains.toSorted((left, right) => (left.root < right.root ? -1 : 1));
  const merges = inOrder
    .map((chain) => mergeChain(dataset, chain, staged))
    .filter((text) => text !== '');
  const roots = chains.map(({ root }) => staged.find(({ job }) => job.table === root)?.stage);
  const counts = roots.map((stage) =>
    stage === undefined ? sql`0` : sql`(select count(*) from ${stage})`,
  );
  return {
    statements: joined(merges, sql`;\n`),
    written: counts[0] ?? sql`0`,
    touched: sql`(${joined(counts, sql` + `)}) > 0`,
  };
}

function copyText(table: Sql | ReturnType<typeof identifier>, columns: readonly string[]): Sql {
  return sql`copy ${table} (${joined(columns.map(identifier))}) from stdin (format binary)`;
}
