import { changedSince, each, of, walking } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Environments, what was deployed to them, releases and feature flags of every project. */
export const deployments = defineFamily('deployments', {
  environments: {
    path: '/projects/{project_id}/environments',
    single: '/projects/{project_id}/environments/{id}',
    singleOnly: ['last_deployment'],
    bind: { project_id: each('project') },
    table: 'api_entities_environment',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
  },
  // GitLab orders deployments by their change only together with the filter.
  deployments: {
    path: '/projects/{project_id}/deployments',
    single: '/projects/{project_id}/deployments/{id}',
    bind: { project_id: each('project') },
    query: { order_by: 'updated_at', sort: 'asc', updated_after: '2011-01-01T00:00:00Z' },
    table: 'api_entities_deployment',
    record: of<{ id: number; updated_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: walking('updated_at', 'updated_after'),
    dueBy: 'activity',
  },
  releases: {
    path: '/projects/{project_id}/releases',
    single: '/projects/{project_id}/releases/{tag_name}',
    bind: { project_id: each('project') },
    query: { order_by: 'created_at', sort: 'asc' },
    table: 'api_entities_release',
    record: of<{ tag_name: string }>(),
    primaryKey: ['project_id', 'tag_name'],
    pagination: 'offset',
    cursor: changedSince('updated_after'),
    dueBy: 'activity',
  },
  feature_flags: {
    path: '/projects/{project_id}/feature_flags',
    single: '/projects/{project_id}/feature_flags/{name}',
    bind: { project_id: each('project') },
    table: 'api_entities_feature_flag',
    record: of<{ name: string }>(),
    primaryKey: ['project_id', 'name'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: { 403: 'feature flags are switched off', 404: 'feature flags are switched off' },
  },
});
