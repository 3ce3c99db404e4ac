import { projectRole, ROLE } from '../access.ts';
import { type Context, findProject, integerParameter, projectOf } from '../context.ts';
import { type Arguments, parseQuery, QueryError, select } from '../graphql.ts';
import type { Json } from '../json.ts';
import { wholeList } from '../pagination.ts';
import { json, refuse, type Reply } from '../reply.ts';
import { findAlert } from '../world/alerts.ts';
import type { Alert, Project } from '../world/model.ts';

/** The pictures of an alert, all at once; 404 without the right to read alerts. */
export function listMetricImages(context: Context): Reply {
  const project = projectOf(context);
  const alert = findAlert(context.world, project.id, integerParameter(context, 'alert_iid'));
  const mayRead = projectRole(context.world, context.viewer.who, project) >= ROLE.developer;
  if (alert === undefined || !mayRead) throw refuse(404, 'Alert not found');
  return wholeList(alert.metricImages);
}

/** Answers GraphQL documents that ask for a project's alerts. */
export function answerGraphql(context: Context): Reply {
  try {
    const { query, variables } = parseBody(context.body);
    const root = {
      project: (given: Arguments) => projectNode(context, given),
      currentUser: () => ({
        id: `gid://gitlab/User/${String(context.viewer.user.id)}`,
        username: context.viewer.user.username,
      }),
    };
    return json({ data: select(root, parseQuery(query, variables), 'Query') });
  } catch (error) {
    if (error instanceof QueryError) return json({ errors: [{ message: error.message }] });
    throw error;
  }
}

function parseBody(body: string): {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
} {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw refuse(400, 'The request body is not JSON');
  }
  const { query, variables } = parsed as { readonly query?: unknown; readonly variables?: unknown };
  if (typeof query !== 'string') throw new QueryError('No query string was present');
  return { query, variables: (variables ?? {}) as Readonly<Record<string, unknown>> };
}

function projectNode(context: Context, given: Arguments): Json | object {
  const { world, viewer } = context;
  const project = findProject(world, String(given['fullPath']));
  if (project === undefined || projectRole(world, viewer.who, project) === 0) return null;
  const mayRead = projectRole(world, viewer.who, project) >= ROLE.developer;
  return {
    id: `gid://gitlab/Project/${String(project.id)}`,
    name: project.name,
    fullPath: String(given['fullPath']),
    archived: project.archived,
    alertManagementAlerts: (paging: Arguments) =>
      mayRead ? alertConnection(project, paging) : null,
  };
}

function alertConnection(project: Project, paging: Arguments): object {
  const first = Math.min(typeof paging['first'] === 'number' ? paging['first'] : 100, 100);
  const alerts = sorted(project.alerts, paging['sort']);
  const from = positionAfter(alerts, paging['after']);
  const page = alerts.slice(from, from + first);
  return {
    nodes: page.map(({ node }) => node),
    pageInfo: {
      hasNextPage: from + page.length < alerts.length,
      hasPreviousPage: from > 0,
      startCursor: cursor(page[0]),
      endCursor: cursor(page.at(-1)),
    },
  };
}

/** Newest first unless the document asks for the order of creation. */
function sorted(alerts: readonly Alert[], order: unknown): readonly Alert[] {
  if (typeof order !== 'string' || !order.startsWith('CREATED')) return alerts;
  const direction = order.endsWith('_ASC') ? 1 : -1;
  const createdAt = ({ node }: Alert): number => Date.parse(node['createdAt'] as string);
  return alerts.toSorted(
    (one, other) => direction * (createdAt(one) - createdAt(other) || one.id - other.id),
  );
}

function cursor(alert: Alert | undefined): string | null {
  return alert === undefined
    ? null
    : Buffer.from(JSON.stringify({ id: String(alert.id) })).toString('base64');
}

function positionAfter(alerts: readonly Alert[], after: unknown): number {
  if (typeof after !== 'string' || after === '') return 0;
  const position = alerts.findIndex((alert) => cursor(alert) === after);
  if (position < 0) throw new QueryError('Please provide a valid cursor');
  return position + 1;
}
