import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { date, DAY, utc } from '../time.ts';
import { webUrl } from './objects.ts';
import { unpaidBelow } from './off.ts';
import { instants, labelNames, references, somebody, title } from './parts.ts';
import { defineShelf, groupIn, type Making, projectIn } from './shelf.ts';

const milestones = {
  single: 'id',
  table: 'api_entities_milestone',
  role: ROLE.guest,
  series: 7,
} as const;

/** Milestones of projects. */
export const projectMilestones = defineShelf({
  ...milestones,
  name: 'project_milestones',
  path: 'projects/:id/milestones',
  key: ['project_id', 'id'],
  scope: 'project',
  size: 0.8,
  make: (making) => milestoneObject(making, { project_id: projectIn(making.place).id }),
});

/** Milestones of groups. */
export const groupMilestones = defineShelf({
  ...milestones,
  name: 'group_milestones',
  path: 'groups/:id/milestones',
  key: ['group_id', 'id'],
  scope: 'group',
  size: 1.2,
  make: (making) => milestoneObject(making, { group_id: groupIn(making.place).id }),
});

/** Epics of groups. */
export const epics = defineShelf({
  name: 'epics',
  path: 'groups/:id/epics',
  single: 'iid',
  table: 'api_entities_epic',
  key: ['id'],
  scope: 'group',
  role: ROLE.guest,
  refusal: unpaidBelow('customers', 403),
  size: 2,
  series: 8,
  make: epicObject,
  orders: ['created_at', 'updated_at'],
  filters: ['updated', 'created'],
  words: { state: 'state' },
});

/** Iterations of groups. */
export const iterations = defineShelf({
  name: 'iterations',
  path: 'groups/:id/iterations',
  table: 'api_entities_iteration',
  key: ['id'],
  scope: 'group',
  role: ROLE.guest,
  refusal: unpaidBelow('labs', 404),
  size: 1.5,
  series: 9,
  make: iterationObject,
});

function milestoneObject({ world, place, entry, random }: Making, owner: JsonObject): JsonObject {
  const iid = entry.ordinal + 1;
  const start = entry.createdAt;
  return {
    id: entry.id,
    iid,
    ...owner,
    title: `v${String(iid)}.0 “Größe”`,
    description: random.chance(0.5) ? null : 'What must be done',
    state: random.pick(['active', 'closed']),
    ...instants(entry),
    due_date: random.chance(0.7) ? date(start + 30 * DAY) : null,
    start_date: random.chance(0.7) ? date(start) : null,
    expired: random.chance(0.3),
    web_url: `${webUrl(world, place)}/-/milestones/${String(iid)}`,
  };
}

function epicObject({ world, place, entry, random }: Making): JsonObject {
  const { id } = groupIn(place);
  const iid = entry.ordinal + 1;
  const isClosed = random.chance(0.4);
  const self = `${world.webUrl}/api/v4/groups/${String(id)}/epics/${String(iid)}`;
  return {
    id: entry.id,
    iid,
    color: '#1068bf',
    text_color: '#FFFFFF',
    group_id: id,
    parent_id: null,
    parent_iid: null,
    title: title(random, 'Rework', entry),
    description: random.chance(0.3) ? null : 'A *bigger* plan 🚀',
    confidential: false,
    author: somebody(world, random),
    start_date: date(entry.createdAt),
    ...dates(),
    state: isClosed ? 'closed' : 'opened',
    web_url: `${webUrl(world, place)}/-/epics/${String(iid)}`,
    references: references(world, place, `&${String(iid)}`),
    reference: `&${String(iid)}`,
    ...instants(entry),
    closed_at: isClosed ? utc(entry.updatedAt) : null,
    labels: labelNames(random),
    upvotes: random.integer(0, 3),
    downvotes: 0,
    imported: false,
    imported_from: 'none',
    _links: {
      self,
      epic_issues: `${self}/issues`,
      group: `${world.webUrl}/api/v4/groups/${String(id)}`,
      parent: null,
    },
  };
}

function dates(): JsonObject {
  return {
    start_date_is_fixed: true,
    start_date_fixed: null,
    start_date_from_inherited_source: null,
    end_date: null,
    due_date: null,
    due_date_is_fixed: false,
    due_date_fixed: null,
    due_date_from_inherited_source: null,
  };
}

function iterationObject({ world, place, entry, random }: Making): JsonObject {
  const iid = entry.ordinal + 1;
  return {
    id: entry.id,
    iid,
    sequence: iid,
    group_id: groupIn(place).id,
    title: random.chance(0.5) ? null : `Sprint ${String(iid)}`,
    description: null,
    state: random.integer(1, 3),
    ...instants(entry),
    start_date: date(entry.createdAt),
    due_date: date(entry.createdAt + 14 * DAY),
    web_url: `${webUrl(world, place)}/-/iterations/${String(entry.id)}`,
  };
}
