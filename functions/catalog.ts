import { accessRequests } from './access_requests/resources.ts';
import { admin } from './admin/resources.ts';
import { alerts } from './alerts/resources.ts';
import { badges } from './badges/resources.ts';
import { branches } from './branches/resources.ts';
import { bulkImports } from './bulk_imports/resources.ts';
import type { Catalog } from './engine/catalog/selection.ts';
import { groups } from './groups/resources.ts';
import { instance } from './instance/resources.ts';
import { issues } from './issues/resources.ts';
import { jobs } from './jobs/resources.ts';
import { labels } from './labels/resources.ts';
import { mergeRequests } from './merge_requests/resources.ts';
import { pipelines } from './pipelines/resources.ts';
import { projects } from './projects/resources.ts';
import { users } from './users/resources.ts';

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
} as const satisfies Catalog;
