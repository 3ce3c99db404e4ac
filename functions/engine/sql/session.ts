import type { ClientBase, QueryResult, QueryResultRow } from 'pg';

import { LoaderError } from '../model/errors.ts';
import { copyIn } from './copy.ts';
import { databaseError, isConnectionGone, type Target } from './errors.ts';
import { joined, type Sql, sql } from './sql.ts';

/** On a line of its own, because the text before it may end with a comment. */
const STATEMENT_END = sql`
;`;

/** What a `$n` may be: JSON goes as text, lists become arrays. */
export type SqlValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Date
  | Buffer
  | readonly (null | string | number | bigint | boolean | Date)[];

/** The rows of one statement; `rowCount` also counts what it wrote without returning it. */
export interface Result<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/** The statements of one transaction. Every error it throws is a LoaderError and nothing works after the end. */
export interface Session {
  /** Runs one statement. int8 arrives as bigint, numeric and date as text, timestamptz as Date. */
  query<Row extends object>(text: Sql, values?: readonly SqlValue[]): Promise<Result<Row>>;
  /** Sends the chunks as they are to a `COPY … FROM STDIN` and returns the rows copied; see `binaryCopy`. */
  copyIn(text: Sql, chunks: Iterable<Buffer>): Promise<number>;
  /** Sends several statements as one message, one round trip; the results are in their order. */
  simple(text: Sql): Promise<readonly Result<QueryResultRow>[]>;
  /** Like `simple`, with COMMIT as the last statement of the message; ends the transaction. */
  commit(text?: Sql): Promise<readonly Result<QueryResultRow>[]>;
}

/** A session with what only the transaction around it may use. */
export interface OwnedSession extends Session {
  readonly state: () => 'open' | 'committing' | 'ended';
  readonly end: () => void;
}

/** Wraps a connection inside a transaction; `signal` refuses further statements once it is aborted. */
export function openSession(
  client: ClientBase,
  target: Target,
  signal?: AbortSignal,
): OwnedSession {
  let state: 'open' | 'committing' | 'ended' = 'open';

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (state === 'ended') throw new Error('The transaction of this session has ended.');
    if (state === 'open') signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      throw databaseError(error, target);
    }
  }

  async function commit(text = sql``): Promise<readonly Result<QueryResultRow>[]> {
    state = 'committing';
    const results = await run(() =>
      message(client, joined([text, sql`commit`], STATEMENT_END)),
    ).catch((error: unknown) => {
      throw isConnectionGone(error) ? unknownOutcome(error) : error;
    });
    state = 'ended';
    requireCommitted(results.at(-1));
    return results.slice(0, -1).map(plain);
  }

  return {
    query: (text, values = []) => run(async () => plain(await client.query(text, [...values]))),
    copyIn: (text, chunks) => {
      const sender = watched(chunks);
      return run(() => copyIn(client, text, sender.chunks)).catch((error: unknown) => {
        throw sender.failure()?.error ?? error;
      });
    },
    simple: (text) => run(async () => (await message(client, text)).map(plain)),
    commit,
    state: () => state,
    end: () => {
      state = 'ended';
    },
  };
}

/** Reduces a result to what callers may rely on. */
export function plain<Row extends object>({ rows, rowCount }: QueryResult): Result<Row> {
  return { rows: rows as readonly Row[], rowCount: rowCount ?? 0 };
}

/** pg answers one statement with a result and several with a list, which its types do not know. */
async function message(client: ClientBase, text: Sql): Promise<readonly QueryResult[]> {
  const answer: QueryResult | QueryResult[] = await client.query<QueryResultRow>(text);
  return Array.isArray(answer) ? answer : [answer];
}

/** PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, not with an error. */
function requireCommitted(last: QueryResult | undefined): void {
  if (last?.command === 'COMMIT') return;
  throw new LoaderError(
    'E_DATABASE',
    'The database rolled the transaction back instead of committing it.',
  );
}

function unknownOutcome(error: unknown): LoaderError {
  return new LoaderError(
    'E_DATABASE_UNREACHABLE',
    'The connection was lost during COMMIT; whether it happened is unknown.',
    { cause: error, details: { outcome: 'unknown' } },
  );
}

/** Remembers what the sender of a copy throws, because that is not the database's error. */
function watched(chunks: Iterable<Buffer>): {
  readonly chunks: Iterable<Buffer>;
  readonly failure: () => { readonly error: unknown } | undefined;
} {
  let failure: { readonly error: unknown } | undefined;
  function* guarded(): Generator<Buffer> {
    try {
      yield* chunks;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return { chunks: guarded(), failure: () => failure };
}
