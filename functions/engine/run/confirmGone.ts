import pLimit from 'p-limit';

import { askForRow, isVisible } from '../extract/confirm.ts';
import type { Candidate } from '../load/sweep.ts';
import { scopeOf } from '../model/resource.ts';
import { singlePath } from '../model/singlePath.ts';
import type { SweepTask } from '../state/sweepTasks.ts';
import type { RunContext } from './context.ts';

/** Single rows that are asked for at a time. */
const ASKED_TOGETHER = 4;

/** Ids of rows that are gone and of those that GitLab still has. */
export interface Confirmed {
  readonly gone: readonly string[];
  readonly there: readonly string[];
}

/**
 * Asks GitLab for each row, and afterwards for its project or group: where that is hidden from the token, or gone itself,
 * its rows are not known to be deleted. A row that no path names counts as there.
 */
export async function confirmGone(
  { client, budget }: Pick<RunContext, 'client' | 'budget'>,
  { resource, partition }: SweepTask,
  candidates: readonly Candidate[],
): Promise<Confirmed | 'not-visible'> {
  const { signal } = budget;
  const limit = pLimit(ASKED_TOGETHER);
  const verdicts = await Promise.all(
    candidates.map(({ row }) =>
      limit(async () => {
        const path = singlePath(resource, row);
        return path === undefined ? 'there' : await askForRow(client, path, signal);
      }),
    ),
  );
  const scope = scopeOf(resource);
  if (!(await isVisible(client, { scope, partition }, signal))) return 'not-visible';
  const idsOf = (wanted: 'gone' | 'there'): readonly string[] =>
    candidates.flatMap(({ id }, index) => (verdicts[index] === wanted ? [id] : []));
  return { gone: idsOf('gone'), there: idsOf('there') };
}
