import type { Handler } from './context.ts';
import {
  createHook,
  listHookEvents,
  resendEvent,
  testHook,
  updateHook,
  type Write,
} from './hooks/routes.ts';
import { createSystemHook, listSystemHooks, updateSystemHook } from './hooks/systemHooks.ts';
import { answerGraphql, listMetricImages } from './routes/alerts.ts';
import {
  listGroupAccessRequests,
  listGroupBadges,
  listProjectAccessRequests,
  listProjectBadges,
  renderGroupBadge,
  renderProjectBadge,
  showGroupBadge,
  showProjectBadge,
} from './routes/badges.ts';
import { listBranches, showBranch } from './routes/branches.ts';
import {
  listEntities,
  listImportEntities,
  listImports,
  showImport,
  showImportEntity,
} from './routes/bulkImports.ts';
import { groupAttributes, listGroups, showGroup } from './routes/groups.ts';
import {
  listApplications,
  listBroadcastMessages,
  listCiVariables,
  listClusters,
  listMigrations,
  showAppearance,
  showAvatar,
  showBroadcastMessage,
  showCiVariable,
  showCluster,
  showDictionaryTable,
  showMetadata,
  showMigration,
  showPlanLimits,
} from './routes/instance.ts';
import { listJobs, showJob } from './routes/jobs.ts';
import { listProjects, projectAttributes, showProject } from './routes/projects.ts';
import {
  listUsers,
  showCurrentUser,
  showOwnToken,
  showUser,
  userAttributes,
} from './routes/users.ts';
import { SHELVES } from './shelves/all.ts';
import { listShelf, showShelf } from './shelves/route.ts';
import type { Shelf } from './shelves/shelf.ts';

/** What a token needs: any scope, `read_user` or `read_api`, `read_api`, or an administrator's `read_api`; `api` to change something. */
export type Need = 'token' | 'user' | 'api' | 'admin' | 'write' | 'admin-write';

/** One endpoint. */
export interface Route {
  readonly need: Need;
  readonly handle: Handler | Write;
}

/** A route and the decoded parameters of a path. */
export interface Match extends Route {
  readonly params: Readonly<Record<string, string>>;
}

/** The GraphQL endpoint, which is a POST. */
export const GRAPHQL: Route = { need: 'api', handle: answerGraphql };

/** Every GET below `/api/v4`; the first that fits answers. */
const ROUTES: readonly (readonly [string, Need, Handler])[] = [
  ['user', 'user', showCurrentUser],
  ['users', 'user', listUsers],
  ['users/:id', 'user', showUser],
  ['users/:id/custom_attributes', 'user', userAttributes],
  ['personal_access_tokens/self', 'token', showOwnToken],
  ['metadata', 'user', showMetadata],
  ['version', 'user', showMetadata],
  ['avatar', 'api', showAvatar],
  ['projects', 'api', listProjects],
  ['projects/:id', 'api', showProject],
  ['projects/:id/custom_attributes', 'api', projectAttributes],
  ['projects/:id/jobs', 'api', listJobs],
  ['projects/:id/jobs/:job_id', 'api', showJob],
  ['projects/:id/repository/branches', 'api', listBranches],
  ['projects/:id/repository/branches/:branch', 'api', showBranch],
  ['projects/:id/badges', 'api', listProjectBadges],
  ['projects/:id/badges/render', 'api', renderProjectBadge],
  ['projects/:id/badges/:badge_id', 'api', showProjectBadge],
  ['projects/:id/access_requests', 'api', listProjectAccessRequests],
  ['projects/:id/alert_management_alerts/:alert_iid/metric_images', 'api', listMetricImages],
  ['groups', 'api', listGroups],
  ['groups/:id', 'api', showGroup],
  ['groups/:id/custom_attributes', 'api', groupAttributes],
  ['groups/:id/badges', 'api', listGroupBadges],
  ['groups/:id/badges/render', 'api', renderGroupBadge],
  ['groups/:id/badges/:badge_id', 'api', showGroupBadge],
  ['groups/:id/access_requests', 'api', listGroupAccessRequests],
  ['broadcast_messages', 'api', listBroadcastMessages],
  ['broadcast_messages/:id', 'api', showBroadcastMessage],
  ['bulk_imports', 'api', listImports],
  ['bulk_imports/entities', 'api', listEntities],
  ['bulk_imports/:import_id', 'api', showImport],
  ['bulk_imports/:import_id/entities', 'api', listImportEntities],
  ['bulk_imports/:import_id/entities/:entity_id', 'api', showImportEntity],
  ['application/appearance', 'admin', showAppearance],
  ['application/plan_limits', 'admin', showPlanLimits],
  ['applications', 'admin', listApplications],
  ['admin/batched_background_migrations', 'admin', listMigrations],
  ['admin/batched_background_migrations/:id', 'admin', showMigration],
  ['hooks', 'admin', listSystemHooks],
  ['projects/:id/hooks/:hook_id/events', 'api', listHookEvents('project')],
  ['groups/:id/hooks/:hook_id/events', 'api', listHookEvents('group')],
  ['admin/ci/variables', 'admin', listCiVariables],
  ['admin/ci/variables/:key', 'admin', showCiVariable],
  ['admin/clusters', 'admin', listClusters],
  ['admin/clusters/:cluster_id', 'admin', showCluster],
  ['admin/databases/:database_name/dictionary/tables/:table_name', 'admin', showDictionaryTable],
];

/** Lists before single rows: `members/all` is no member. */
const SHELF_ROUTES: typeof ROUTES = [
  ...SHELVES.map((shelf) => [shelf.path, needOf(shelf), listShelf(shelf)] as const),
  ...SHELVES.flatMap((shelf) =>
    shelf.single === undefined
      ? []
      : [
          [
            `${shelf.singlePath ?? shelf.path}/:row`,
            needOf(shelf),
            showShelf(shelf, shelf.single),
          ] as const,
        ],
  ),
];

function needOf({ role }: Shelf): Need {
  return role === 'admin' ? 'admin' : 'api';
}

type Pattern = readonly [string, Need, Handler | Write];

/** Every POST and PUT below `/api/v4`, for projects and groups. */
const WRITES: readonly Pattern[] = [
  ...(['project', 'group'] as const).flatMap((kind): readonly Pattern[] => [
    [`POST ${kind}s/:id/hooks`, 'write', createHook(kind)],
    [`PUT ${kind}s/:id/hooks/:hook_id`, 'write', updateHook(kind)],
    [`POST ${kind}s/:id/hooks/:hook_id/events/:event_id/resend`, 'write', resendEvent(kind)],
    [`POST ${kind}s/:id/hooks/:hook_id/test/:trigger`, 'write', testHook(kind)],
  ]),
  ['POST hooks', 'admin-write', createSystemHook],
  ['PUT hooks/:hook_id', 'admin-write', updateSystemHook],
];

const READS: readonly Pattern[] = [...ROUTES, ...SHELF_ROUTES].map(
  ([pattern, need, handle]) => [`GET ${pattern}`, need, handle] as const,
);

const COMPILED = [...READS, ...WRITES].map(([pattern, need, handle]) => ({
  parts: pattern.split('/'),
  need,
  handle,
}));

/** The route for a method and a path below `/api/v4/`, its segments still encoded. */
export function findRoute(method: string, path: string): Match | undefined {
  const segments = `${method} ${path}`.split('/');
  for (const { parts, need, handle } of COMPILED) {
    if (parts.length !== segments.length) continue;
    const params = matchParts(parts, segments);
    if (params !== undefined) return { need, handle, params };
  }
  return undefined;
}

function matchParts(
  parts: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decode(segment);
    else if (part !== segment) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
