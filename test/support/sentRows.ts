import { type Sending, sendRows } from '../../functions/engine/load/packages.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import type { Session } from '../../functions/engine/sql/session.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { DATASET } from './run.ts';

const UNDONE = new Error('the transaction is taken back');

/** Runs work in a transaction and takes it back, so that the next one finds the same rows. */
export async function undone<T>(
  database: Database,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  const transaction = database.transaction(undefined, async (session) => {
    results.push(await work(session));
    throw UNDONE;
  });
  await transaction.catch((error: unknown) => {
    if (error !== UNDONE) throw error;
  });
  const [result] = results;
  if (results.length === 0) throw new Error('the transaction has ended before its work');
  return result as T;
}

/** What a package sent, and what its tables held then. */
export interface SentRows {
  /** The tables and stages of the COPYs, in their order. */
  readonly copies: readonly string[];
  /** What was left for the last message. */
  readonly statements: string;
  readonly written: number;
  readonly touched: boolean;
  /** Values of a column, sorted. */
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

/** Sends a package of users within a transaction that is taken back; `before` is what happened shortly before it. */
export async function sentRows(
  database: Database,
  sending: Sending,
  before: Sql = sql`select`,
): Promise<SentRows> {
  return undone(database, async (session) => {
    await session.simple(before);
    const copies: string[] = [];
    const watched: Session = {
      ...session,
      copyIn: (text, chunks) => {
        copies.push(/^copy (\S+)/.exec(text)?.[1] ?? text);
        return session.copyIn(text, chunks);
      },
    };
    const { statements, written, touched } = await sendRows(watched, DATASET, sending);
    if (statements !== '') await session.simple(statements);
    const counts = await session.query<Pick<SentRows, 'written' | 'touched'>>(
      sql`select ${written}::int as written, ${touched} as touched`,
    );
    const { written: rows = -1, touched: isTouched = false } = counts.rows[0] ?? {};
    return {
      ...{ copies, statements, written: rows, touched: isTouched },
      names: await values(session, 'api_entities_user', sql`name`),
      tags: await values(session, 'api_entities_user__tags', sql`value`),
    };
  });
}

async function values(session: Session, table: string, column: Sql): Promise<readonly string[]> {
  const { rows } = await session.query<{ value: string }>(
    sql`select ${column} as value from ${qualified(DATASET, table)} order by 1`,
  );
  return rows.map(({ value }) => value);
}
