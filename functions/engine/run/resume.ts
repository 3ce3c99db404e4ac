import type { DatabaseSettings } from '../config/settings.ts';
import { LoaderError } from '../model/errors.ts';
import { partitionName } from '../model/partitionName.ts';
import {
  type FailedPartition,
  type HaltedChoice,
  readHalted,
  resumePartitions,
  resumeSweeps,
} from '../state/halted.ts';
import { requireCurrentState } from '../state/migrate.ts';
import { hasState } from '../state/overview.ts';
import { openDatabase } from './openDatabase.ts';

const MOST_NAMED = 10;

/**
 * Lets the halted partitions of the settings' dataset be loaded, and halted sweeps be done, again; returns how many. Throws E_REQUEST when some are
 * chosen and none of them is halted. GitLab is not asked.
 */
export async function resume(settings: DatabaseSettings, choice: HaltedChoice): Promise<number> {
  const { dataset } = settings;
  const applicationName = 'gitlab-alloydb/resume';
  const database = await openDatabase(settings, { applicationName, max: 1 });
  try {
    const isKnown = await hasState(database, dataset);
    if (isKnown) await requireCurrentState(database, dataset);
    const resumed = isKnown
      ? (await resumePartitions(database, dataset, choice)) +
        (await resumeSweeps(database, dataset, choice))
      : 0;
    const isChosen = choice.resource !== undefined || choice.partition !== undefined;
    if (resumed > 0 || !isChosen) return resumed;
    const halted = isKnown ? await readHalted(database, dataset, MOST_NAMED + 1) : [];
    throw new LoaderError('E_REQUEST', noneSentence(choice, halted));
  } finally {
    await database.close();
  }
}

function noneSentence(
  { resource, partition }: HaltedChoice,
  halted: readonly FailedPartition[],
): string {
  const chosen =
    resource === undefined || partition === undefined
      ? (partition ?? resource ?? '')
      : partitionName({ resource, partition });
  const none = `No halted partition ${partition === undefined ? 'is of' : 'is'} '${chosen}'`;
  if (halted.length === 0) return `${none}; none is halted at all.`;
  const names = halted.slice(0, MOST_NAMED).map(partitionName);
  return `${none}; halted: ${names.join(', ')}${halted.length > MOST_NAMED ? ' and others' : ''}.`;
}
