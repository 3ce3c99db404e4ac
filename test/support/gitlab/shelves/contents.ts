import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { pathOf, webUrl } from './objects.ts';
import { offInEvery, unpaidBelow } from './off.ts';
import { instants, somebody } from './parts.ts';
import { defineShelf, type Making, projectIn } from './shelf.ts';

/** Snippets of everybody. */
export const snippets = defineShelf({
  name: 'snippets',
  path: 'snippets/all',
  single: 'id',
  singlePath: 'snippets',
  table: 'api_entities_snippet',
  key: ['id'],
  scope: 'instance',
  role: 'admin',
  size: 5,
  series: 19,
  make: (making) => snippetObject(making, null),
});

/** Snippets of projects. */
export const projectSnippets = defineShelf({
  name: 'project_snippets',
  path: 'projects/:id/snippets',
  single: 'id',
  table: 'api_entities_project_snippet',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  refusal: offInEvery(7, 403),
  size: 0.6,
  series: 19,
  make: (making) => snippetObject(making, projectIn(making.place).id),
});

const wikis = {
  single: 'slug',
  table: 'api_entities_wiki_page',
  series: 0,
  pages: 'unpaged',
} as const;

/** Wiki pages of projects. */
export const projectWikis = defineShelf({
  ...wikis,
  name: 'project_wikis',
  path: 'projects/:id/wikis',
  key: ['project_id', 'slug'],
  scope: 'project',
  role: ROLE.reporter,
  refusal: offInEvery(5, 403),
  size: 0.8,
  make: wikiObject,
});

/** Wiki pages of groups. */
export const groupWikis = defineShelf({
  ...wikis,
  name: 'group_wikis',
  path: 'groups/:id/wikis',
  key: ['group_id', 'slug'],
  scope: 'group',
  role: ROLE.reporter,
  refusal: unpaidBelow('labs', 404),
  size: 1,
  make: wikiObject,
});

/** Packages of projects. */
export const packages = defineShelf({
  name: 'packages',
  path: 'projects/:id/packages',
  single: 'id',
  table: 'api_entities_package',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  refusal: offInEvery(9, 403),
  size: 0.8,
  series: 20,
  orders: ['created_at', 'name'],
  make: packageObject,
});

/** Container images of projects. */
export const registryRepositories = defineShelf({
  name: 'registry_repositories',
  path: 'projects/:id/registry/repositories',
  table: 'api_entities_registry_repository',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  refusal: offInEvery(4, 404),
  size: 0.8,
  series: 21,
  make: imageObject,
});

function snippetObject(making: Making, projectId: number | null): JsonObject {
  const { world, place, entry, random } = making;
  const url = `${webUrl(world, place)}/-/snippets/${String(entry.id)}`;
  return {
    id: entry.id,
    title: `Snippet “${String(entry.ordinal)}”`,
    description: random.chance(0.5) ? null : 'größer 🧩',
    visibility: 'internal',
    author: somebody(world, random),
    ...instants(entry),
    project_id: projectId,
    web_url: url,
    raw_url: `${url}/raw`,
    ssh_url_to_repo: `git@acme.example:snippets/${String(entry.id)}.git`,
    http_url_to_repo: `${url}.git`,
    file_name: 'größe.ts',
    files: [{ path: 'größe.ts', raw_url: `${url}/raw/main/gr%C3%B6%C3%9Fe.ts` }],
    imported: false,
    imported_from: 'none',
    repository_storage: 'default',
  };
}

function wikiObject({ entry }: Making): JsonObject {
  return {
    format: 'markdown',
    slug: entry.ordinal === 0 ? 'home' : `guides/größe-${String(entry.ordinal)}`,
    title: entry.ordinal === 0 ? 'Home' : `Größe ${String(entry.ordinal)}`,
    wiki_page_meta_id: null,
  };
}

function packageObject({ world, place, entry, random }: Making): JsonObject {
  const path = `/${pathOf(world, place)}/-/packages/${String(entry.id)}`;
  return {
    id: entry.id,
    name: `@acme/größe-${String(entry.ordinal)}`,
    version: `1.${String(entry.ordinal)}.0`,
    package_type: random.pick(['npm', 'maven', 'generic']),
    status: 'default',
    _links: { web_path: path, delete_api_path: `${world.webUrl}/api/v4${path}` },
    created_at: utc(entry.createdAt),
    last_downloaded_at: random.chance(0.5) ? utc(entry.updatedAt) : null,
    project_id: projectIn(place).id,
    project_path: pathOf(world, place),
    tags: [],
    pipelines: [],
  };
}

function imageObject({ world, place, entry, random }: Making): JsonObject {
  const name = entry.ordinal === 0 ? '' : `image-${String(entry.ordinal)}`;
  const path = name === '' ? pathOf(world, place) : `${pathOf(world, place)}/${name}`;
  return {
    id: entry.id,
    name,
    path,
    project_id: projectIn(place).id,
    location: `registry.acme.example/${path}`,
    created_at: utc(entry.createdAt),
    cleanup_policy_started_at: null,
    status: null,
    tags_count: random.integer(0, 30),
  };
}
