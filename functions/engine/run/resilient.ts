import { isConnectionGone, isRetryable } from '../sql/errors.ts';
import type { Database } from '../sql/pool.ts';
import { retrying } from '../sql/retrying.ts';
import type { SqlValue } from '../sql/session.ts';
import type { Sql } from '../sql/sql.ts';

/** A database that never answered is told soon; one that has answered is waited for, as a restart takes. */
const FIRST_ATTEMPTS = 4;
const LATER_ATTEMPTS = 9;

/** Whether the same work may succeed a moment later: a lost connection, a deadlock, a lock that was not had. */
export function isPassing(error: unknown): boolean {
  return isConnectionGone(error) || isRetryable(error);
}

/**
 * The same database, whose single statements are repeated when their connection is lost. Only for statements that may
 * run twice; transactions are repeated by whoever knows how.
 */
export function resilient(database: Database, random: () => number): Database {
  let attempts = FIRST_ATTEMPTS;
  return {
    ...database,
    query: async <Row extends object>(text: Sql, values?: readonly SqlValue[]) => {
      const result = await retrying({ random, attempts, when: isPassing }, () =>
        database.query<Row>(text, values),
      );
      attempts = LATER_ATTEMPTS;
      return result;
    },
  };
}
