import { each, of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Snippets, wiki pages, packages and container images: what projects hold beside their repository. */
export const contents = defineFamily('contents', {
  snippets: {
    path: '/snippets/all',
    single: '/snippets/{id}',
    table: 'api_entities_snippet',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    // The list has those of the token's user; another user's are no less there.
    sweepEvery: 'never',
    pagination: 'offset',
    access: 'admin',
  },
  project_snippets: {
    path: '/projects/{project_id}/snippets',
    single: '/projects/{project_id}/snippets/{id}',
    bind: { project_id: each('project') },
    table: 'api_entities_project_snippet',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: { 403: 'snippets are switched off', 404: 'snippets are switched off' },
  },
  project_wikis: {
    path: '/projects/{project_id}/wikis',
    single: '/projects/{project_id}/wikis/{slug}',
    bind: { project_id: each('project') },
    table: 'api_entities_wiki_page',
    record: of<{ slug: string }>(),
    primaryKey: ['project_id', 'slug'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: { 403: 'the wiki is switched off', 404: 'the wiki is switched off' },
  },
  group_wikis: {
    path: '/groups/{group_id}/wikis',
    single: '/groups/{group_id}/wikis/{slug}',
    bind: { group_id: each('group') },
    table: 'api_entities_wiki_page',
    record: of<{ slug: string }>(),
    primaryKey: ['group_id', 'slug'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: {
      403: 'wikis of groups need GitLab Premium',
      404: 'wikis of groups need GitLab Premium',
    },
  },
  packages: {
    path: '/projects/{project_id}/packages',
    single: '/projects/{project_id}/packages/{id}',
    bind: { project_id: each('project') },
    query: { order_by: 'created_at', sort: 'asc' },
    table: 'api_entities_package',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: {
      403: 'the package registry is switched off',
      404: 'the package registry is switched off',
    },
  },
  registry_repositories: {
    path: '/projects/{project_id}/registry/repositories',
    bind: { project_id: each('project') },
    query: { tags_count: 'true' },
    table: 'api_entities_registry_repository',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    dueBy: 'activity',
    absent: {
      403: 'the container registry is switched off',
      404: 'the container registry is switched off',
    },
  },
});
