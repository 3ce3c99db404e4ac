import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { pathOf, webUrl } from './objects.ts';
import { milestone } from './parts.ts';
import { defineShelf, groupIn, type Making, projectIn } from './shelf.ts';

const common = {
  single: 'id',
  table: 'api_entities_board',
  role: ROLE.reporter,
  series: 10,
  sort: 'asc',
} as const;

/** Boards of projects. */
export const projectBoards = defineShelf({
  ...common,
  name: 'project_boards',
  path: 'projects/:id/boards',
  key: ['project_id', 'id'],
  scope: 'project',
  size: 0.6,
  make: (making) => ({ ...boardObject(making), project: projectOf(making), group: null }),
});

/** Boards of groups. */
export const groupBoards = defineShelf({
  ...common,
  name: 'group_boards',
  path: 'groups/:id/boards',
  key: ['group_id', 'id'],
  scope: 'group',
  size: 0.8,
  make: (making) => ({ ...boardObject(making), group: groupOf(making) }),
});

function boardObject(making: Making): JsonObject {
  const { entry, random } = making;
  return {
    id: entry.id,
    name: `Board ${String(entry.ordinal)}`,
    hide_backlog_list: false,
    hide_closed_list: random.chance(0.5),
    milestone: milestone(making),
    lists: Array.from({ length: random.integer(0, 2) }, (_, position) => ({
      id: entry.id * 10 + position,
      label: {
        id: position + 1,
        name: 'bug 🐛',
        color: '#F0AD4E',
        description: null,
        description_html: '',
        text_color: '#FFFFFF',
      },
      position,
    })),
    assignee: null,
    labels: [],
    weight: null,
  };
}

function projectOf({ world, place }: Making): JsonObject {
  const { id, name, path } = projectIn(place);
  return {
    id,
    name,
    path,
    path_with_namespace: pathOf(world, place),
    web_url: webUrl(world, place),
  };
}

function groupOf({ world, place }: Making): JsonObject {
  const { id, name } = groupIn(place);
  return { id, name, web_url: webUrl(world, place) };
}
