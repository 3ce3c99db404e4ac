import { isConnectionGone, isRetryable } from '../sql/errors.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';

/** Whether the same work may succeed a moment later: a lost connection, a deadlock, a lock that was not had. */
export function isPassing(error: unknown): boolean {
  return isConnectionGone(error) || isRetryable(error);
}

/**
 * The same database, whose single statements are repeated when their connection is lost. Only for statements that may
 * run twice; transactions are repeated by whoever knows how.
 */
export function resilient(database: Database, random: () => number): Database {
  return {
    ...database,
    query: (text, values) =>
      retrying({ random, when: isPassing }, () => database.query(text, values)),
  };
}
