import type { DatabaseSettings } from '../config/settings.ts';
import { type HaltedChoice, resumePartitions } from '../state/halted.ts';
import { hasState } from '../state/overview.ts';
import { openDatabase } from './openDatabase.ts';

/** Lets the halted partitions of the settings' dataset be loaded again; returns how many. GitLab is not asked. */
export async function resume(settings: DatabaseSettings, choice: HaltedChoice): Promise<number> {
  const { dataset } = settings;
  const applicationName = 'gitlab-alloydb/resume';
  const database = await openDatabase(settings, { applicationName, max: 1 });
  try {
    return (await hasState(database, dataset))
      ? await resumePartitions(database, dataset, choice)
      : 0;
  } finally {
    await database.close();
  }
}
