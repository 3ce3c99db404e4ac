import { isConnectionGone, isRetryable } from '../sql/errors.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';

/**
 * The same database, whose single statements are repeated when their connection is lost. Only for statements that may
 * run twice; transactions are repeated by whoever knows how.
 */
export function resilient(database: Database, random: () => number): Database {
  const when = (error: unknown): boolean => isConnectionGone(error) || isRetryable(error);
  return {
    ...database,
    query: (text, values) => retrying({ random, when }, () => database.query(text, values)),
  };
}
