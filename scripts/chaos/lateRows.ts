import type { Random } from '../../test/support/gitlab/random.ts';
import { deleteRow, insertRow, restoreRow } from '../../test/support/gitlab/shelves/mutations.ts';
import type { Job, World } from '../../test/support/gitlab/world/model.ts';
import { deleteJob, insertJob, restoreJob } from '../../test/support/gitlab/world/mutations.ts';

/** What a transaction has made that ends only after newer rows were read. */
export interface LateRows {
  /** The id of its job. */
  readonly job: number;
  /** Lets the transaction end: its rows appear below the cursors that newer ones have left. */
  show(): void;
}

/** Hides a job and an issue of a project, and makes newer ones that are visible at once. */
export function hideLateRows(world: World, random: Random): LateRows {
  const project = random.pick([...world.projects.keys()]);
  const job = hideLateJob(world, project);
  const { id } = insertRow(world, 'issues', project);
  const issue = deleteRow(world, { name: 'issues', where: project, id });
  insertRow(world, 'issues', project);
  return {
    job: job.id,
    show: () => {
      restoreJob(world, job);
      restoreRow(world, { name: 'issues', where: project }, issue);
    },
  };
}

/** A job gets its id and is not visible yet, but a newer one is. */
export function hideLateJob(world: World, project: number): Job {
  const job = insertJob(world, project);
  deleteJob(world, job.id);
  insertJob(world, project);
  return job;
}
