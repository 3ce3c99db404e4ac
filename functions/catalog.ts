import { accessRequests } from './access_requests/resources.ts';
import { admin } from './admin/resources.ts';
import { alerts } from './alerts/resources.ts';
import { badges } from './badges/resources.ts';
import { branches } from './branches/resources.ts';
import { bulkImports } from './bulk_imports/resources.ts';
import { contents } from './contents/resources.ts';
import { credentials } from './credentials/resources.ts';
import { deployments } from './deployments/resources.ts';
import type { Catalog } from './engine/catalog/selection.ts';
import { events } from './events/resources.ts';
import { groups } from './groups/resources.ts';
import { instance } from './instance/resources.ts';
import { issues } from './issues/resources.ts';
import { jobs } from './jobs/resources.ts';
import { labels } from './labels/resources.ts';
import { members } from './members/resources.ts';
import { mergeRequests } from './merge_requests/resources.ts';
import { milestones } from './milestones/resources.ts';
import { namespaces } from './namespaces/resources.ts';
import { pipelines } from './pipelines/resources.ts';
import { planning } from './planning/resources.ts';
import { projects } from './projects/resources.ts';
import { repositories } from './repositories/resources.ts';
import { runners } from './runners/resources.ts';
import { users } from './users/resources.ts';
import { variables } from './variables/resources.ts';

/** Every family; for the command line, scripts and tests. A deployed function imports only its own. */
export const catalog = {
  instance,
  admin,
  groups,
  projects,
  users,
  badges,
  access_requests: accessRequests,
  branches,
  jobs,
  alerts,
  bulk_imports: bulkImports,
  issues,
  merge_requests: mergeRequests,
  pipelines,
  labels,
  milestones,
  planning,
  members,
  variables,
  deployments,
  repositories,
  runners,
  events,
  contents,
  credentials,
  namespaces,
} as const satisfies Catalog;
