import { randomOf } from './gitlab/random.ts';
import type { World } from './gitlab/world/model.ts';
import {
  deleteBranch,
  deleteJob,
  finishJob,
  insertBranch,
  insertJob,
  moveBranch,
} from './gitlab/world/mutations.ts';

/** Changes a world a little with each strike. */
export interface Churn {
  readonly strike: () => void;
  readonly strikes: () => number;
}

/** Each strike makes five updates, two deletions and one insertion among jobs and branches, drawn from a seed. */
export function startChurn(world: World, seed: number): Churn {
  let strikes = 0;
  return {
    strikes: () => strikes,
    strike: () => {
      strikes += 1;
      const random = randomOf(seed, 'churn', strikes);
      const { id, jobs, branches } = random.pick([...world.projects.values()]);
      const others = branches.filter(({ isDefault }) => !isDefault);
      for (let update = 0; update < 3; update += 1) {
        moveBranch(world, id, random.pick(others).name);
        if (update < 2) finishJob(world, random.pick(jobs).id, 'failed');
      }
      deleteJob(world, random.pick(jobs).id);
      deleteBranch(world, id, random.pick(others).name);
      if (strikes % 2 === 0) insertJob(world, id);
      else insertBranch(world, id, `churned-${strikes.toString()}`);
    },
  };
}

/** Whether a row, `job 17` or `branch 3 main`, is no longer in the world. */
export function deletedIn(world: World, row: string): boolean {
  const [kind, id, ...name] = row.split(' ');
  if (kind === 'job') return !world.jobs.has(Number(id));
  const branches = world.projects.get(Number(id))?.branches ?? [];
  return !branches.some((branch) => branch.name === name.join(' '));
}
