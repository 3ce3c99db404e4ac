import type { Duplex } from 'node:stream';

import pLimit, { type LimitFunction } from 'p-limit';
import pg from 'pg';

import type { LoaderError } from '../model/errors.ts';
import { clientConstructor } from './clientConstructor.ts';
import { databaseError, type Target } from './errors.ts';
import { type Login, type LoginSource, openLogin } from './login.ts';
import { plain, type Result, type Session, type SqlValue } from './session.ts';
import type { Sql } from './sql.ts';
import { poolTarget } from './target.ts';
import { beginning, runTransaction, TIMEOUTS, type Timeouts, type View } from './transaction.ts';
import { valueTypes } from './valueTypes.ts';

const CONNECT_MILLISECONDS = 10_000;
/** Longer than what makes the connection waits for each of its steps, so that it can say which one fails. */
const DIAL_MILLISECONDS = 120_000;
const KEEP_ALIVE_MILLISECONDS = 10_000;
const IDLE_MILLISECONDS = 30_000;

/** A server whose connections something else than pg makes, with the login to it. */
export interface DialledServer {
  /** What messages call the server. */
  readonly place: string;
  readonly user: string;
  readonly database: string;
  readonly password: LoginSource;
  /** Makes a connection that is encrypted already. */
  readonly stream: () => Duplex;
  /** Maps what the stream fails with; undefined for errors that are not its own. */
  readonly dialError: (error: unknown) => LoaderError | undefined;
}

/** A server that `postgres://user:password@host:port/database` names. */
export interface UrlServer {
  readonly url: string;
  /** Gives the URL whose password new logins take; everything else stays as it was. */
  readonly currentUrl?: LoginSource | undefined;
}

/** Where a pool connects to: a URL, or by way of something else. */
export type Server = UrlServer | { readonly dialled: DialledServer };

/** Where a pool connects to and what it may use. */
export type PoolOptions = Server & PoolLimits;

/** What a pool may use. */
export interface PoolLimits {
  /** Names the connections and transactions in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly max: number;
  readonly timeouts?: Partial<Timeouts>;
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
  const { target, config, login } = 'url' in options ? ofUrl(options) : ofDialled(options.dialled);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const pool = new pg.Pool({
    ...config,
    max: options.max,
    application_name: options.applicationName,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    // The server ends what takes too long; this is for a server that no longer answers.
    query_timeout: 2 * timeouts.statement,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    types: valueTypes,
    Client: clientConstructor(login?.password),
  });
  // A connection that breaks while nobody uses it emits an error, which would end the process.
  pool.on('error', () => undefined);
  // Waiting for a free connection is not a failure to connect, so it happens before pg starts its clock.
  const limit = pLimit(options.max);
  return databaseOf({ pool, target, timeouts, limit, login }, options.applicationName);
}

/** What tells errors where they come from, and how pg connects and logs in. */
interface Connection {
  readonly target: Target;
  readonly config: pg.PoolConfig;
  readonly login: Login | undefined;
}

function ofUrl({ url, currentUrl }: UrlServer): Connection {
  const target = poolTarget(url);
  const config = { connectionString: url, connectionTimeoutMillis: CONNECT_MILLISECONDS };
  if (currentUrl === undefined || target.password === '')
    return { target, config, login: undefined };
  const login = openLogin(currentUrl, (text) => poolTarget(text).password);
  return { target: { ...target, currentPassword: login.given }, config, login };
}

function ofDialled({ place, dialError, password, ...server }: DialledServer): Connection {
  const login = openLogin(password);
  return {
    target: { place, database: server.database, password: '', dialError },
    config: { ...server, ssl: false, connectionTimeoutMillis: DIAL_MILLISECONDS },
    login,
  };
}

interface Parts {
  readonly pool: pg.Pool;
  readonly target: Target;
  readonly timeouts: Timeouts;
  readonly limit: LimitFunction;
  readonly login: Login | undefined;
}

function databaseOf(parts: Parts, applicationName: string): Database {
  const { pool, target, timeouts, limit, login } = parts;

  /** Work that begins with a connection; a refused login has done nothing, so it may be repeated. */
  async function mapped<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await (login === undefined ? work() : login.connect(work));
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
