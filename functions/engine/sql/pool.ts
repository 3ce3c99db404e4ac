import type { Duplex } from 'node:stream';

import pLimit, { type LimitFunction } from 'p-limit';
import pg from 'pg';

import { clientConstructor } from './clientConstructor.ts';
import { databaseError, type Target } from './errors.ts';
import { plain, type Result, type Session, type SqlValue } from './session.ts';
import type { Sql } from './sql.ts';
import { poolTarget } from './target.ts';
import { beginning, runTransaction, TIMEOUTS, type Timeouts, type View } from './transaction.ts';
import { valueTypes } from './valueTypes.ts';

const CONNECT_MILLISECONDS = 10_000;
const KEEP_ALIVE_MILLISECONDS = 10_000;
const IDLE_MILLISECONDS = 30_000;

/** Where a pool connects to and what it may use. */
export interface PoolOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Names the connections and transactions in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly max: number;
  readonly timeouts?: Partial<Timeouts>;
  /** Makes the (already encrypted) connection instead of a TCP socket to the host of the URL. */
  readonly stream?: () => Duplex;
  /** Gives the password of each new login instead of that of the URL. */
  readonly password?: () => Promise<string>;
}

/** A PostgreSQL database. Every error it throws is a LoaderError, or the reason of an aborted signal. */
export interface Database {
  /** Runs one statement in a transaction of its own. */
  query<Row extends object>(text: Sql, values?: readonly SqlValue[]): Promise<Result<Row>>;
  /** Commits what the work did, or nothing of it. */
  transaction<T>(
    signal: AbortSignal | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T>;
  /** Lets the work read one picture of the database, whatever is committed meanwhile; it cannot write. */
  snapshot<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T>;
  /** The same connections, with transactions that carry another application name. */
  named(applicationName: string): Database;
  /** Closes the connections once the work in progress has ended. */
  close(): Promise<void>;
}

/** Opens a pool. Nothing is connected before the first statement. */
export function openPool(options: PoolOptions): Database {
  const target = poolTarget(options.url);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    // The server ends what takes too long; this is for a server that no longer answers.
    query_timeout: 2 * timeouts.statement,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    types: valueTypes,
    ...(options.stream === undefined ? {} : { stream: options.stream }),
    Client: clientConstructor(options.password),
  });
  // A connection that breaks while nobody uses it emits an error, which would end the process.
  pool.on('error', () => undefined);
  // Waiting for a free connection is not a failure to connect, so it happens before pg starts its clock.
  const limit = pLimit(options.max);
  return databaseOf({ pool, target, timeouts, limit }, options.applicationName);
}

interface Parts {
  readonly pool: pg.Pool;
  readonly target: Target;
  readonly timeouts: Timeouts;
  readonly limit: LimitFunction;
}

function databaseOf(parts: Parts, applicationName: string): Database {
  const { pool, target, timeouts, limit } = parts;

  async function mapped<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw databaseError(error, target);
    }
  }

  const transactions =
    (view: View): Database['transaction'] =>
    (signal, work) =>
      limit(async () => {
        signal?.throwIfAborted();
        const client = await mapped(() => pool.connect());
        const begin = beginning(applicationName, timeouts, view);
        return runTransaction({ client, target, begin, signal }, work);
      });

  return {
    query: (text, values = []) =>
      limit(() => mapped(async () => plain(await pool.query(text, [...values])))),
    transaction: transactions('read committed'),
    snapshot: transactions('repeatable read, read only'),
    named: (other) => databaseOf(parts, other),
    close: () => (pool.ending ? Promise.resolve() : pool.end()),
  };
}
