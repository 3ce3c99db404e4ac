import type { Session } from './session.ts';
import { joined, type Sql, sql } from './sql.ts';

/** A promise about stored rows, as a query for what breaks it. */
export interface Check {
  /** The number that SPEC.md gives it. */
  readonly invariant: `I${number}`;
  /** The table, or the part of the state, that is looked at. */
  readonly where: string;
  readonly promise: string;
  /** Selects `key` (text), and `excused` (boolean) where `notice` says what may differ without being damage. */
  readonly rows: Sql;
  /** What excused rows are, after their number. */
  readonly notice?: string;
}

/** How a check ended. */
export interface CheckResult extends Omit<Check, 'rows'> {
  /** Rows that break the promise. */
  readonly broken: number;
  /** Five of them at most, the first by their text. */
  readonly keys: readonly string[];
  /** Rows that only deserve the notice. */
  readonly excused: number;
}

const MOST_KEYS = sql`5`;
const LOOK = sql`savepoint looked`;
const LOOKED = sql`rollback to savepoint looked; release savepoint looked`;

interface Counts {
  readonly broken: number;
  readonly excused: number;
  readonly keys: readonly string[];
}

/** Runs checks in one message; the tables that they read are free again when it returns. */
export async function runChecks(
  session: Pick<Session, 'simple'>,
  checks: readonly Check[],
): Promise<readonly CheckResult[]> {
  const statements = [LOOK, ...checks.map(counted), LOOKED];
  const [, ...results] = await session.simple(joined(statements, sql`;\n`));
  return checks.map(({ rows: _rows, ...check }, index) => {
    const { broken, excused, keys } = results[index]?.rows[0] as Counts;
    return { ...check, broken, excused, keys };
  });
}

/** Calls the work and gives back the locks that it took, long before the transaction ends: a table may be altered then. */
export async function unlocked<T>(
  session: Pick<Session, 'simple'>,
  work: () => Promise<T>,
): Promise<T> {
  await session.simple(LOOK);
  const result = await work();
  await session.simple(LOOKED);
  return result;
}

/** Counted by the server, which puts what does not fit its memory to disk. */
function counted({ rows, notice }: Check): Sql {
  const isExcused = notice === undefined ? sql`false` : sql`excused`;
  return sql`with found as materialized (${rows})
    select (count(*) filter (where not ${isExcused}))::float8 as broken,
      (count(*) filter (where ${isExcused}))::float8 as excused,
      array(select key from found where not ${isExcused} order by key limit ${MOST_KEYS}) as keys
    from found`;
}
