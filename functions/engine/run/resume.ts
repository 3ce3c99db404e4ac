import type { Settings } from '../config/settings.ts';
import { openPool } from '../sql/pool.ts';
import { type HaltedChoice, resumePartitions } from '../state/halted.ts';
import { hasState } from '../state/overview.ts';

/** Lets the halted partitions of the settings' dataset be loaded again; returns how many. GitLab is not asked. */
export async function resume(
  { databaseUrl, dataset }: Pick<Settings, 'databaseUrl' | 'dataset'>,
  choice: HaltedChoice,
): Promise<number> {
  const database = openPool({ url: databaseUrl, applicationName: 'gitlab-alloydb/resume', max: 1 });
  try {
    return (await hasState(database, dataset))
      ? await resumePartitions(database, dataset, choice)
      : 0;
  } finally {
    await database.close();
  }
}
