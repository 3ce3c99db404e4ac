import type { DatabaseSettings } from '../config/settings.ts';
import {
  migrateState,
  readStateVersion,
  STATE_VERSION,
  type StateUpgrade,
} from '../state/migrate.ts';
import { openDatabase } from './openDatabase.ts';

/**
 * Makes or upgrades the state of the settings' dataset, or with `look` tells what would be done. Needs the database alone;
 * runs go on meanwhile. State of a newer release that lets this one work stays as it is.
 */
export async function upgradeState(
  settings: DatabaseSettings,
  mode: 'look' | 'upgrade',
): Promise<StateUpgrade> {
  const { dataset } = settings;
  const applicationName = 'gitlab-alloydb/migrate';
  const database = await openDatabase(settings, { applicationName, max: 1 });
  try {
    if (mode === 'upgrade') return await migrateState(database, dataset);
    const from = await readStateVersion(database, dataset);
    return { from, to: Math.max(from, STATE_VERSION) };
  } finally {
    await database.close();
  }
}
