import { pushRight, ROLE } from '../access.ts';
import {
  type Context,
  parameter,
  projectOf,
  requireFeature,
  requireProjectRole,
} from '../context.ts';
import { invalidPageToken, linkHeader, offsetPage, perPage } from '../pagination.ts';
import { jsonList, refuse, type Reply } from '../reply.ts';
import { branchPosition, branchText } from '../world/branches.ts';
import type { Branch, Project } from '../world/model.ts';

/** Branches of a project by name: by offset with the first page's false promise, or by page token. */
export function listBranches(context: Context): Reply {
  const project = projectOf(context);
  requireFeature(project, 'repository');
  requireProjectRole(context, project, ROLE.reporter);
  const branches = searched(context, project.branches);
  if (context.query.get('pagination') === 'keyset')
    return keysetBranches(context, project, branches);
  return offsetPage(context, {
    total: branches.length,
    slice: (from, to) => texts(context, project, branches.slice(from, to)),
    totals: 'gitaly',
  });
}

/** One branch of a project. */
export function showBranch(context: Context): Reply {
  const project = projectOf(context);
  requireProjectRole(context, project, ROLE.reporter);
  const name = parameter(context, 'branch');
  const branch = project.branches[branchPosition(project.branches, name)];
  if (branch?.name !== name) throw refuse(404, '404 Branch Not Found');
  const [body = Buffer.alloc(0)] = texts(context, project, [branch]);
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

function keysetBranches(context: Context, project: Project, branches: readonly Branch[]): Reply {
  const size = perPage(context);
  const token = context.query.get('page_token') ?? '';
  const from = token === '' ? 0 : positionAfter(branches, token);
  const page = branches.slice(from, from + size);
  const last = page.at(-1);
  const isFull = page.length === size && last !== undefined;
  const next = isFull ? [['next', { page_token: last.name }] as const] : [];
  return jsonList(texts(context, project, page), linkHeader(context, next));
}

function positionAfter(branches: readonly Branch[], token: string): number {
  const position = branchPosition(branches, token);
  if (branches[position]?.name !== token) throw invalidPageToken(token);
  return position + 1;
}

function searched(context: Context, branches: readonly Branch[]): readonly Branch[] {
  const search = context.query.get('search') ?? '';
  return search === '' ? branches : branches.filter(({ name }) => name.includes(search));
}

function texts(context: Context, project: Project, branches: readonly Branch[]): readonly Buffer[] {
  const right = pushRight(context.world, context.viewer.who, project);
  return branches.map((branch) => branchText(context.world, project, { branch, right }));
}
