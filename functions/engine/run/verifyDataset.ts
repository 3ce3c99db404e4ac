import { allResources, type Catalog } from '../catalog/selection.ts';
import type { DatabaseSettings } from '../config/settings.ts';
import type { CheckResult } from '../sql/checks.ts';
import { UNHURRIED } from '../sql/transaction.ts';
import { checkDataset } from './checkDataset.ts';
import { openDatabase } from './openDatabase.ts';

/** What the command looks at and whom it tells. */
export interface Verification {
  readonly catalog: Catalog;
  readonly signal: AbortSignal;
  /** Sees each result as soon as it is known. */
  readonly report: (result: CheckResult) => void;
}

/**
 * Checks every promise that SQL can check, in one picture of the database; loads go on meanwhile. Returns how many
 * are broken, undefined where nothing has been loaded. GitLab is not asked.
 */
export async function verifyDataset(
  settings: DatabaseSettings,
  { catalog, signal, report }: Verification,
): Promise<number | undefined> {
  const { dataset } = settings;
  const database = await openDatabase(settings, {
    ...{ applicationName: 'gitlab-alloydb/verify', max: 1 },
    timeouts: UNHURRIED,
  });
  try {
    const resources = allResources(catalog);
    return await database.snapshot(signal, (session) =>
      checkDataset(session, { dataset, resources, report }),
    );
  } finally {
    await database.close();
  }
}
