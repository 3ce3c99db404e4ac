import { accessRequests } from '../access_requests/resources.ts';
import { branches } from '../branches/resources.ts';
import { contents } from '../contents/resources.ts';
import { credentials } from '../credentials/resources.ts';
import { deployments } from '../deployments/resources.ts';
import { events } from '../events/resources.ts';
import { groups } from '../groups/resources.ts';
import { issues } from '../issues/resources.ts';
import { jobs } from '../jobs/resources.ts';
import { members } from '../members/resources.ts';
import { mergeRequests } from '../merge_requests/resources.ts';
import { milestones } from '../milestones/resources.ts';
import { pipelines } from '../pipelines/resources.ts';
import { projects } from '../projects/resources.ts';
import { repositories } from '../repositories/resources.ts';
import { users } from '../users/resources.ts';

/** The families that events tell about. */
export const families = {
  groups,
  projects,
  users,
  access_requests: accessRequests,
  branches,
  repositories,
  jobs,
  pipelines,
  issues,
  merge_requests: mergeRequests,
  milestones,
  members,
  deployments,
  contents,
  credentials,
  events,
} as const;

type Resources<F> = F extends { readonly resources: infer R } ? keyof R & string : never;

/** A resource that an event may tell about. */
export type EventResource = Resources<(typeof families)[keyof typeof families]>;
