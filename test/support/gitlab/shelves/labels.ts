import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { defineShelf, type Making } from './shelf.ts';

const common = {
  single: 'id',
  table: 'api_entities_label',
  orders: ['id'],
  sort: 'asc',
} as const;

/** Labels of projects, without those of the groups above. */
export const projectLabels = defineShelf({
  ...common,
  name: 'project_labels',
  path: 'projects/:id/labels',
  key: ['project_id', 'id'],
  scope: 'project',
  role: ROLE.guest,
  size: 2,
  series: 4,
  make: (making) => ({
    ...labelObject(making),
    priority: making.random.chance(0.2) ? making.random.integer(0, 9) : null,
    is_project_label: true,
  }),
});

/** Labels of groups, without those of the groups above. */
export const groupLabels = defineShelf({
  ...common,
  name: 'group_labels',
  path: 'groups/:id/labels',
  key: ['group_id', 'id'],
  scope: 'group',
  role: ROLE.guest,
  size: 3,
  series: 4,
  make: labelObject,
});

function labelObject({ entry, random }: Making): JsonObject {
  const name = `${random.pick(['bug', 'priority', 'größe', 'team'])}::${String(entry.ordinal)}`;
  return {
    id: entry.id,
    name,
    description: random.chance(0.5) ? 'What it is “for”' : null,
    description_html: random.chance(0.5) ? 'What it is “for”' : '',
    text_color: '#FFFFFF',
    color: `#${random.hex(6)}`,
    archived: false,
    open_issues_count: random.integer(0, 9),
    closed_issues_count: random.integer(0, 9),
    open_merge_requests_count: random.integer(0, 3),
    subscribed: false,
  };
}
