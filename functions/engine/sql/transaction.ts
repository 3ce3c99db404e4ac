import type { PoolClient } from 'pg';

import { isConnectionGone, sqlState, type Target } from './errors.ts';
import { openSession, type OwnedSession, type Session } from './session.ts';
import { literal, type Sql, sql } from './sql.ts';

/** How long the server lets a transaction wait before it ends it, in milliseconds. */
export interface Timeouts {
  readonly lock: number;
  readonly statement: number;
  readonly idleInTransaction: number;
}

/** A frozen instance must not hold locks for longer than these. */
export const TIMEOUTS = {
  lock: 5_000,
  statement: 60_000,
  idleInTransaction: 5_000,
} as const satisfies Timeouts;

/** For work that may read every row there is; zero is no limit. */
export const UNHURRIED = {
  lock: 60_000,
  statement: 0,
  idleInTransaction: 60_000,
} as const satisfies Timeouts;

/**
 * Lets a statement end soon after its client is gone, so that its locks go too. Servers on an operating system that
 * cannot notice that refuse the setting.
 */
const noticeGoneClient = sql`select set_config('client_connection_check_interval',
  case when version() ~* 'linux|darwin|apple|bsd' then '1s' else '0' end, true)`;

/** What a transaction needs besides its work. */
export interface TransactionOptions {
  readonly client: PoolClient;
  readonly target: Target;
  readonly begin: Sql;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the work between BEGIN and COMMIT and gives the connection back. Rolls back on any error; an abort breaks
 * the connection, except while it commits.
 */
export async function runTransaction<T>(
  { client, target, begin, signal }: TransactionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = openSession(client, target, signal);
  const abort = (): void => {
    if (session.state() === 'open') void client.end();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await session.simple(begin);
    const result = await work(session);
    if (session.state() === 'open') await session.commit();
    client.release();
    return result;
  } catch (error) {
    client.release(await undo(client, session, error));
    if (signal?.aborted === true && isConnectionGone(error) && session.state() === 'open')
      throw signal.reason;
    throw error;
  } finally {
    session.end();
    signal?.removeEventListener('abort', abort);
  }
}

/** What a transaction sees: what others commit meanwhile, or one picture of the database that it cannot change. */
export type View = 'read committed' | 'repeatable read, read only';

/** The message that begins a transaction; all its settings end with it, as a transaction pooler demands. */
export function beginning(applicationName: string, timeouts: Timeouts, view: View): Sql {
  const milliseconds = (value: number): Sql => literal(`${value.toString()}ms`);
  return sql`begin isolation level ${view as Sql};
set local lock_timeout = ${milliseconds(timeouts.lock)};
set local statement_timeout = ${milliseconds(timeouts.statement)};
set local idle_in_transaction_session_timeout = ${milliseconds(timeouts.idleInTransaction)};
set local row_security = off;
set local synchronous_commit = on;
set local application_name = ${literal(applicationName)};
${noticeGoneClient}`;
}

/** Rolls back; returns true when the connection must not be used again. */
async function undo(client: PoolClient, session: OwnedSession, error: unknown): Promise<boolean> {
  // After a switchover this connection leads to a server that cannot write.
  if (isConnectionGone(error) || sqlState(error) === '25006') return true;
  if (session.state() === 'ended') return false;
  try {
    await client.query('rollback');
    return false;
  } catch {
    return true;
  }
}
