import { each, of, windowed } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Commits of all branches, tags, and the protection of branches and tags, of every project. */
export const repositories = defineFamily('repositories', {
  commits: {
    path: '/projects/{project_id}/repository/commits',
    single: '/projects/{project_id}/repository/commits/{id}',
    bind: { project_id: each('project') },
    query: { all: 'true', with_stats: 'true' },
    table: 'api_entities_commit',
    record: of<{ id: string; committed_date: string }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    cursor: windowed('committed_date', {
      after: 'since',
      before: 'until',
      bounds: 'instants',
      days: 90,
    }),
    dueBy: 'activity',
    absent: { 403: 'the repository is switched off', 404: 'the repository is switched off' },
  },
  tags: {
    path: '/projects/{project_id}/repository/tags',
    single: '/projects/{project_id}/repository/tags/{name}',
    bind: { project_id: each('project') },
    query: { order_by: 'name', sort: 'asc' },
    table: 'api_entities_tag',
    record: of<{ name: string }>(),
    primaryKey: ['project_id', 'name'],
    pagination: 'keyset',
    dueBy: 'activity',
    absent: { 403: 'the repository is switched off', 404: 'the repository is switched off' },
  },
  protected_branches: {
    path: '/projects/{project_id}/protected_branches',
    single: '/projects/{project_id}/protected_branches/{name}',
    bind: { project_id: each('project') },
    table: 'api_entities_protected_branch',
    record: of<{ id: number; name: string }>(),
    primaryKey: ['project_id', 'id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  protected_tags: {
    path: '/projects/{project_id}/protected_tags',
    single: '/projects/{project_id}/protected_tags/{name}',
    bind: { project_id: each('project') },
    table: 'api_entities_protected_tag',
    record: of<{ name: string }>(),
    primaryKey: ['project_id', 'name'],
    pagination: 'offset',
    dueBy: 'activity',
  },
});
