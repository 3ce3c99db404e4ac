import { activityOf } from '../load/activity.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { noteActivity } from '../state/activity.ts';
import type { RunContext } from './context.ts';
import { targetSource } from './destination.ts';

/** Hours after which quiet partitions are read all the same; 0 when a person asks for everything or for one partition. */
export function quietHours({
  settings,
  request,
}: Pick<RunContext, 'settings' | 'request'>): number {
  return request.mode === 'full' || request.partition !== undefined ? 0 : settings.quietHours;
}

/** Brings what the partitions of a resource know of their projects' activity up to what is stored. */
export async function followActivity(context: RunContext, resource: ResourceSpec): Promise<void> {
  if (resource.dueBy !== 'activity' || quietHours(context) === 0) return;
  const activity = activityOf(targetSource(context), resource);
  if (activity !== undefined) await noteActivity(context.claims, resource, activity);
}
