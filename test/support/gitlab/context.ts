import { groupRole, projectRole, type Reader, type Viewer, visibleGroups } from './access.ts';
import { refuse, reject, type Reply } from './reply.ts';
import type { Group, Project, World } from './world/model.ts';
import { projectPath } from './world/ownership.ts';

/** One authenticated request on its way to a route. */
export interface Context {
  readonly world: World;
  readonly viewer: Viewer;
  /** The path with the relative root, without the query. */
  readonly path: string;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Scheme, host and port of the addresses in `Link`. */
  readonly linkOrigin: string;
  readonly offsetLimit: number;
}

/** Answers one kind of request; throws a `Refusal` to refuse it. */
export type Handler = (context: Context) => Reply;

/** A path parameter that the route is known to have. */
export function parameter(context: Context, name: string): string {
  const value = context.params[name];
  if (value === undefined) throw new RangeError(`the route has no parameter '${name}'`);
  return value;
}

/** A path parameter that must be an integer. */
export function integerParameter(context: Context, name: string): number {
  const text = parameter(context, name);
  if (!/^\d+$/u.test(text)) throw reject(400, `${name} is invalid`);
  return Number(text);
}

/** The words that a query parameter may have, and what a missing one means. */
export interface Words {
  readonly words: readonly string[];
  readonly fallback: string;
}

/** `asc` and `desc`, descending when nothing is said. */
export const NEWEST_FIRST: Words = { words: ['asc', 'desc'], fallback: 'desc' };

/** A query parameter of a fixed set of words. */
export function word(context: Context, name: string, allowed: Words): string {
  const value = context.query.get(name);
  if (value === null || value === '') return allowed.fallback;
  if (!allowed.words.includes(value)) throw reject(400, `${name} does not have a valid value`);
  return value;
}

/** True when the query parameter says yes. */
export function isSet(context: Context, name: string): boolean {
  return ['true', '1'].includes(context.query.get(name) ?? '');
}

/** The reader of this request. */
export function readerOf(context: Context): Reader {
  const attributes = isSet(context, 'with_custom_attributes') ? 'with' : 'without';
  return { who: context.viewer.who, attributes };
}

/** The project that `:id` names; refuses with 404 when it is gone or invisible, with 301 when it moved. */
export function projectOf(context: Context): Project {
  const { world, viewer } = context;
  const name = parameter(context, 'id');
  const project = findProject(world, name);
  if (project === undefined || projectRole(world, viewer.who, project) === 0)
    throw refuse(404, '404 Project Not Found');
  if (isFormerPath(world, name)) throw movedPermanently(context, project);
  return project;
}

/** The group that `:id` names; refuses with 404 when it is gone or invisible. */
export function groupOf(context: Context): Group {
  const { world, viewer } = context;
  const name = parameter(context, 'id');
  const groups = visibleGroups(world, viewer.who);
  const group = groups.find((candidate) =>
    isNumber(name) ? candidate.id === Number(name) : candidate.fullPath === name,
  );
  if (group === undefined) throw refuse(404, '404 Group Not Found');
  return group;
}

/** Refuses with 403 when the reader's role in the project is lower. */
export function requireProjectRole(context: Context, project: Project, role: number): void {
  if (projectRole(context.world, context.viewer.who, project) < role)
    throw refuse(403, '403 Forbidden');
}

/** Refuses with 403 when the project's feature is switched off. */
export function requireFeature({ disabledFeatures = [] }: Project, feature: string): void {
  if (disabledFeatures.includes(feature)) throw refuse(403, '403 Forbidden');
}

/** Refuses with 403 when the reader's role in the group is lower. */
export function requireGroupRole(context: Context, group: Group, role: number): void {
  if (groupRole(context.world, context.viewer.who, group) < role)
    throw refuse(403, '403 Forbidden');
}

/** The project with this id, full path or former full path. */
export function findProject(world: World, name: string): Project | undefined {
  if (isNumber(name)) return world.projects.get(Number(name));
  for (const project of world.projects.values()) {
    if (projectPath(world, project) === name) return project;
  }
  return world.projects.get(world.formerPaths.get(name) ?? 0);
}

function isNumber(name: string): boolean {
  return /^\d+$/u.test(name);
}

function isFormerPath(world: World, name: string): boolean {
  const id = world.formerPaths.get(name);
  const project = id === undefined ? undefined : world.projects.get(id);
  return project !== undefined && projectPath(world, project) !== name;
}

function movedPermanently(context: Context, project: Project): ReturnType<typeof refuse> {
  const path = context.path.replace(/\/projects\/[^/]+/u, `/projects/${String(project.id)}`);
  const query = context.query.size === 0 ? '' : `?${context.query.toString()}`;
  const location = `${context.linkOrigin}${path}${query}`;
  return refuse(301, `This resource has been moved permanently to ${location}`, {
    Location: location,
  });
}
