import type { JsonObject } from '../json.ts';
import { at } from '../random.ts';
import { remember } from '../world/model.ts';
import { avatarUrl } from '../world/users.ts';
import { defineShelf, type Making } from './shelf.ts';

/** Namespaces of people. */
export const namespaces = defineShelf({
  name: 'namespaces',
  path: 'namespaces',
  single: 'id',
  table: 'api_entities_namespace',
  key: ['id'],
  ids: 'own',
  scope: 'instance',
  role: 'any',
  size: 6,
  series: 0,
  sort: 'asc',
  make: namespaceObject,
});

/** Topics of the instance. */
export const topics = defineShelf({
  name: 'topics',
  path: 'topics',
  single: 'id',
  table: 'api_entities_topic',
  key: ['id'],
  scope: 'instance',
  role: 'any',
  size: 5,
  series: 25,
  make: ({ entry, random }) => ({
    id: entry.id,
    name: `topic-${String(entry.ordinal)}`,
    title: `Größe ${String(entry.ordinal)} 🗂`,
    description: random.chance(0.5) ? null : 'What it is about',
    total_projects_count: random.integer(0, 12),
    organization_id: 1,
    avatar_url: null,
  }),
});

function namespaceObject({ world, entry }: Making): JsonObject {
  const people = remember(world, 'people', () => [...world.users.values()]);
  const user = at(people, entry.ordinal % people.length);
  return {
    id: user.id + 50_000,
    name: user.name,
    path: user.username,
    kind: 'user',
    full_path: user.username,
    parent_id: null,
    avatar_url: avatarUrl(user.email),
    web_url: `${world.webUrl}/${user.username}`,
    billable_members_count: 1,
    plan: 'default',
    trial_ends_on: null,
    trial: false,
  };
}
