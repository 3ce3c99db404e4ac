import { GAP_CLASSES, type GapChange } from './accessGap.ts';
import { partitionName } from './partitionName.ts';
import type { RunProblem } from './run.ts';

/** A change as a run tells it. */
export function gapProblem(gap: GapChange): RunProblem {
  const { change, resource, partition } = gap;
  const place = { resource, partition };
  return change === 'closed'
    ? { code: 'NOTICE', ...place, message: `${partitionName(gap)} can be read again.` }
    : { code: 'E_GITLAB_FORBIDDEN', ...place, message: refusal(gap) };
}

function refusal(gap: GapChange): string {
  const { what, help } = GAP_CLASSES[gap.class];
  const said = gap.message === '' ? '' : `, '${gap.message}'`;
  return `GitLab refuses ${partitionName(gap)} with status ${gap.status.toString()}${said}: ${what}; ${help}.`;
}
