import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { commitOf, refOf } from '../world/commits.ts';
import { webUrl } from './objects.ts';
import { instants } from './parts.ts';
import { defineShelf, type Making, projectIn } from './shelf.ts';

/** Pipelines of projects; the number of a pipeline gives the same commit as its jobs have. */
export const pipelines = defineShelf({
  name: 'pipelines',
  path: 'projects/:id/pipelines',
  single: 'id',
  table: 'api_entities_pipeline',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  size: 2,
  series: 3,
  make: pipelineObject,
  orders: ['id', 'updated_at'],
  filters: ['updated', 'created'],
  words: { status: 'status' },
  pages: 'uncounted',
});

function pipelineObject({ world, place, entry, random }: Making): JsonObject {
  const project = projectIn(place);
  return {
    id: entry.id,
    iid: entry.ordinal + 1,
    project_id: project.id,
    sha: commitOf(world, project, entry.ordinal).sha,
    ref: refOf(world, project, entry.ordinal),
    status: random.chance(0.7) ? 'success' : random.pick(['failed', 'running', 'canceled']),
    source: random.pick(['push', 'merge_request_event', 'schedule', 'web']),
    ...instants(entry),
    web_url: `${webUrl(world, place)}/-/pipelines/${String(entry.id)}`,
    name: random.chance(0.2) ? 'Nightly 🌙' : null,
  };
}
