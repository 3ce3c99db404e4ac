import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { somebody } from './parts.ts';
import { defineShelf, type Making } from './shelf.ts';

/** Every runner of the instance. */
export const runners = defineShelf({
  name: 'runners',
  path: 'runners/all',
  single: 'id',
  singlePath: 'runners',
  table: 'api_entities_runner',
  key: ['id'],
  scope: 'instance',
  role: 'admin',
  size: 6,
  series: 14,
  make: (making) => runnerObject(making, { id: making.entry.id, type: 'instance_type' }),
});

/** Runners that a project may use: the shared ones again in every project. */
export const projectRunners = defineShelf({
  name: 'project_runners',
  path: 'projects/:id/runners',
  table: 'api_entities_project_runner',
  key: ['project_id', 'id'],
  ids: 'own',
  scope: 'project',
  role: ROLE.maintainer,
  size: 1,
  series: 0,
  make: (making) => runnerObject(making, { id: 900 + making.entry.ordinal, type: 'project_type' }),
});

/** Runners that a group may use. */
export const groupRunners = defineShelf({
  name: 'group_runners',
  path: 'groups/:id/runners',
  table: 'api_entities_group_runner',
  key: ['group_id', 'id'],
  ids: 'own',
  scope: 'group',
  role: ROLE.owner,
  size: 1,
  series: 0,
  make: (making) => runnerObject(making, { id: 900 + making.entry.ordinal, type: 'group_type' }),
});

function runnerObject(
  { world, entry, random }: Making,
  { id, type }: { readonly id: number; readonly type: string },
): JsonObject {
  const isOnline = random.chance(0.7);
  return {
    id,
    description: `runner 🏃 ${String(entry.ordinal)}`,
    ip_address: '10.0.0.7',
    active: true,
    paused: false,
    is_shared: type === 'instance_type',
    runner_type: type,
    name: 'gitlab-runner',
    online: isOnline,
    created_by: somebody(world, random),
    created_at: utc(entry.createdAt),
    status: isOnline ? 'online' : 'stale',
    job_execution_status: 'idle',
  };
}
