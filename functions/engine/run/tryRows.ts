import { choosePath } from '../load/choosePath.ts';
import { sendRows } from '../load/packages.ts';
import { LoaderError } from '../model/errors.ts';
import type { LoadId } from '../model/ids.ts';
import type { LoadPackage } from '../model/package.ts';
import { sqlState } from '../sql/errors.ts';
import { retrying } from '../sql/retrying.ts';
import { joined, sql } from '../sql/sql.ts';
import { adoptionsOf, type CommitContext } from './commit.ts';
import { isPassing } from './resilient.ts';

/** Data exceptions, broken constraints of the table, rows and values of a size or depth that PostgreSQL cannot take. */
const DATA_STATE = /^(?:22...|23...|54000|54001)$/;
const UNIQUE_VIOLATION = '23505';
const TRIED = new Error('the rows were taken');

/** Whether the database refused what stands in rows, so that other rows may be taken. */
export function isAboutRows(error: unknown): error is LoaderError {
  return error instanceof LoaderError && DATA_STATE.test(sqlState(error) ?? '');
}

/** Sends the rows of a package as its transaction does and takes them back; the error if they were refused. */
export async function tryRows(
  context: Pick<CommitContext, 'database' | 'dataset' | 'schemas' | 'random' | 'budget'>,
  loadPackage: LoadPackage,
  load: LoadId,
): Promise<LoaderError | undefined> {
  const first = await tryOn(context, { loadPackage, load, path: 'undecided' });
  const isRace = first !== undefined && sqlState(first) === UNIQUE_VIOLATION;
  return isRace ? tryOn(context, { loadPackage, load, path: 'guarded' }) : first;
}

interface Trial {
  readonly loadPackage: LoadPackage;
  readonly load: LoadId;
  readonly path: 'undecided' | 'guarded';
}

async function tryOn(
  { database, dataset, schemas, random, budget: { signal } }: Parameters<typeof tryRows>[0],
  { loadPackage, load, path }: Trial,
): Promise<LoaderError | undefined> {
  const adoptions = adoptionsOf(schemas, loadPackage);
  const work = (): Promise<never> =>
    database.named(`gitlab-alloydb/${loadPackage.runId}`).transaction(signal, async (session) => {
      const chosen =
        path === 'guarded' ? path : await choosePath(session, dataset, loadPackage, adoptions);
      const sending = { loadPackage, path: chosen, load, adoptions };
      const { statements } = await sendRows(session, dataset, sending);
      const checks = sql`set constraints all immediate`;
      await session.simple(statements === '' ? checks : joined([statements, checks], sql`;\n`));
      throw TRIED;
    });
  try {
    return await retrying({ random, signal, when: isPassing }, work);
  } catch (error) {
    if (error === TRIED) return undefined;
    if (isAboutRows(error)) return error;
    throw error;
  }
}
