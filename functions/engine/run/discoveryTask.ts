import { isApiAnswer } from '../extract/response.ts';
import type { PartitionTask } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RunContext } from './context.ts';

/** GitLab names the user of a project's or group's access token after it: `project_17_bot_4f2a`. */
const BOT = /^(project|group)_(\d+)_bot/;

/**
 * The task that a list of projects or groups is read with. An access token of one project or group whose list shows nothing
 * reads that project or group alone; for anybody else, and when a scan goes on, the task is as it was.
 */
export async function discoveryTask(
  context: RunContext,
  task: PartitionTask,
): Promise<PartitionTask> {
  const { resource, token } = task;
  const [, scope, id] = BOT.exec(context.username) ?? [];
  if (id === undefined || token !== undefined || resource.discovers?.scope !== scope) return task;
  if (!(await isListEmpty(context, resource))) return task;
  return { ...task, resource: onlyOne(resource, id) };
}

async function isListEmpty(
  { client, budget }: RunContext,
  { path, memberQuery }: ResourceSpec,
): Promise<boolean> {
  const query = new URLSearchParams({ ...memberQuery, per_page: '1' });
  const response = await client.get(`${path}?${query.toString()}`, { signal: budget.signal });
  const { status, json } = response;
  if (!isApiAnswer(response)) return false;
  return status === 200
    ? Array.isArray(json) && json.length === 0
    : status === 403 || status === 404;
}

function onlyOne(resource: ResourceSpec, id: string): ResourceSpec {
  const none = { query: {}, memberQuery: {}, adminQuery: {} };
  return { ...resource, ...none, path: `${resource.path}/${id}`, pagination: 'unpaged' };
}
