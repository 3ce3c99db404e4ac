import type { ResourceSpec } from '../model/resource.ts';
import { closeReadGaps, takeGapChanges } from '../state/accessGaps.ts';
import type { RunContext } from './context.ts';

/** Tells what changed among the partitions of a resource that GitLab refuses; what was told before is not told again. */
export async function tellGaps(
  { claims, report }: RunContext,
  { id }: ResourceSpec,
): Promise<void> {
  await closeReadGaps(claims, id);
  for (const change of await takeGapChanges(claims, id)) report({ event: 'access-gap', ...change });
}
