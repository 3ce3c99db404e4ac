import { belowIssuables } from './belowIssuables.ts';
import { groupBoards, projectBoards } from './boards.ts';
import {
  groupWikis,
  packages,
  projectSnippets,
  projectWikis,
  registryRepositories,
  snippets,
} from './contents.ts';
import {
  bridges,
  pipelineSchedules,
  testReportSummaries,
  triggers,
} from './continuousIntegration.ts';
import { accessTokens, deployKeys, deployTokens, hooks } from './credentials.ts';
import { deployments, environments, featureFlags, releases } from './deployments.ts';
import { auditEvents, events } from './events.ts';
import { issues } from './issues.ts';
import { groupLabels, projectLabels } from './labels.ts';
import { issueLinks, mergeRequestApprovals, mergeRequestCommits } from './linksAndCommits.ts';
import { members } from './members.ts';
import { mergeRequests } from './mergeRequests.ts';
import { namespaces, topics } from './namespaces.ts';
import { pipelines } from './pipelines.ts';
import { epics, groupMilestones, iterations, projectMilestones } from './planning.ts';
import { commits, protectedBranches, protectedTags, tags } from './repositories.ts';
import { groupRunners, projectRunners, runners } from './runners.ts';
import type { Shelf } from './shelf.ts';
import { groupVariables, projectVariables } from './variables.ts';

/** Every shelf; `members/all` stands before `members/:id`. */
export const SHELVES: readonly Shelf[] = [
  ...[issues, issueLinks, mergeRequests, mergeRequestCommits, mergeRequestApprovals],
  ...belowIssuables,
  ...[pipelines, bridges, testReportSummaries, pipelineSchedules, triggers],
  ...[projectLabels, groupLabels, projectMilestones, groupMilestones],
  ...[projectBoards, groupBoards, epics, iterations],
  ...members,
  ...[projectVariables, groupVariables],
  ...[environments, deployments, releases, featureFlags],
  ...[commits, tags, protectedBranches, protectedTags],
  ...[runners, projectRunners, groupRunners, events],
  ...auditEvents,
  ...[snippets, projectSnippets, projectWikis, groupWikis, packages, registryRepositories],
  ...hooks,
  ...deployTokens,
  ...accessTokens,
  ...[deployKeys, namespaces, topics],
];

/** The shelf with this name. */
export function shelfNamed(name: string): Shelf {
  const shelf = SHELVES.find((candidate) => candidate.name === name);
  if (shelf === undefined) throw new RangeError(`there is no shelf '${name}'`);
  return shelf;
}
