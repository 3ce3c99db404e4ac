import { projectRole, type Reader, visibleProjects } from '../access.ts';
import { type Context, isSet, NEWEST_FIRST, projectOf, readerOf, word } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { keysetRefused, linkHeader, perPage, shownPage, wholeList } from '../pagination.ts';
import { json, refuse, reject, type Reply } from '../reply.ts';
import { type Project, remember, type Who, type World } from '../world/model.ts';
import { attributeList, projectPath } from '../world/ownership.ts';
import { projectObject } from '../world/projectObject.ts';

const ORDERS = ['id', 'name', 'path', 'created_at', 'updated_at', 'last_activity_at'] as const;

/** Projects that the reader may see: by offset, or by keyset on the id. */
export function listProjects(context: Context): Reply {
  const order = word(context, 'order_by', { words: ORDERS, fallback: 'created_at' });
  const sort = word(context, 'sort', NEWEST_FIRST);
  const projects = filtered(context, ordered(context.world, context.viewer.who, { order, sort }));
  const show = (project: Project): JsonObject =>
    projectFor(context.world, readerOf(context), project);
  if (context.query.get('pagination') !== 'keyset') {
    return shownPage(context, { values: projects, show, limitedType: 'Project' });
  }
  if (order !== 'id') throw keysetRefused();
  const page = projects.slice(0, perPage(context));
  const last = page.at(-1);
  const parameter = sort === 'asc' ? 'id_after' : 'id_before';
  const next = last === undefined ? [] : [['next', { [parameter]: String(last.id) }] as const];
  return json(page.map(show), linkHeader(context, next));
}

/** One project. */
export function showProject(context: Context): Reply {
  const project = projectOf(context);
  return json(projectFor(context.world, readerOf(context), project));
}

/** The custom attributes of a project, for administrators. */
export function projectAttributes(context: Context): Reply {
  const project = projectOf(context);
  if (context.viewer.who !== 'admin') throw refuse(403, '403 Forbidden');
  return wholeList(attributeList(project.customAttributes));
}

/** The project as this reader gets it; custom attributes only for administrators who ask. */
export function projectFor(
  world: World,
  { who, attributes }: Reader,
  project: Project,
): JsonObject {
  const own = world.projectRoles.get(project.id);
  const role = projectRole(world, who, project);
  const access = { access_level: role, notification_level: 3 };
  return {
    ...projectObject(world, project),
    ...(attributes === 'with' && who === 'admin'
      ? { custom_attributes: attributeList(project.customAttributes) }
      : {}),
    ...(role >= 40 ? { runners_token: `GR1348941-${String(project.id)}` } : {}),
    permissions:
      who === 'admin'
        ? { project_access: null, group_access: null }
        : {
            project_access: own === undefined ? null : access,
            group_access: own === undefined ? access : null,
          },
  };
}

interface Order {
  readonly order: string;
  readonly sort: string;
}

function ordered(world: World, who: Who, { order, sort }: Order): readonly Project[] {
  return remember(world, `projects of ${who} by ${order} ${sort}`, () => {
    const direction = sort === 'asc' ? 1 : -1;
    const keyed = visibleProjects(world, who).map(
      (project) => [orderKey(world, project, order), project] as const,
    );
    keyed.sort(
      ([one, first], [other, second]) => direction * (compare(one, other) || first.id - second.id),
    );
    return keyed.map(([, project]) => project);
  });
}

function orderKey(world: World, project: Project, order: string): string | number {
  switch (order) {
    case 'id':
      return project.id;
    case 'created_at':
      return project.createdAt;
    case 'updated_at':
      return project.updatedAt;
    case 'last_activity_at':
      return project.lastActivityAt;
    case 'path':
      return projectPath(world, project);
    default:
      return project.name;
  }
}

function compare(one: string | number, other: string | number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function filtered(context: Context, projects: readonly Project[]): readonly Project[] {
  const after = idFilter(context, 'id_after', 0);
  const before = idFilter(context, 'id_before', Number.MAX_SAFE_INTEGER);
  const archived = context.query.get('archived');
  const updatedAfter = timeFilter(context, 'updated_after');
  const activeAfter = timeFilter(context, 'last_activity_after');
  if (updatedAfter > 0 && context.query.get('order_by') !== 'updated_at')
    throw refuse(400, '`updated_at` filter and `updated_at` sorting must be paired');
  const search = (context.query.get('search') ?? '').toLowerCase();
  const ownOnly = isSet(context, 'membership') && context.viewer.who === 'admin';
  return projects.filter(
    (project) =>
      project.id > after &&
      project.id < before &&
      project.updatedAt >= updatedAfter &&
      project.lastActivityAt >= activeAfter &&
      (archived === null || project.archived === (archived === 'true')) &&
      project.name.toLowerCase().includes(search) &&
      (!ownOnly || project.creatorId === context.viewer.user.id),
  );
}

function timeFilter(context: Context, name: string): number {
  const text = context.query.get(name);
  if (text === null || text === '') return 0;
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw reject(400, `${name} is invalid`);
  return instant;
}

function idFilter(context: Context, name: string, fallback: number): number {
  const text = context.query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d+$/u.test(text)) throw reject(400, `${name} is invalid`);
  return Number(text);
}
