import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { commitObject } from './linksAndCommits.ts';
import { pathOf, webUrl } from './objects.ts';
import { offInEvery } from './off.ts';
import { instants, milestone, somebody } from './parts.ts';
import { defineShelf, type Making } from './shelf.ts';

const common = { scope: 'project', role: ROLE.reporter } as const;

/** Environments of projects. */
export const environments = defineShelf({
  ...common,
  name: 'environments',
  path: 'projects/:id/environments',
  single: 'id',
  table: 'api_entities_environment',
  key: ['id'],
  size: 0.8,
  series: 11,
  make: (making) => ({
    ...environmentObject(making, making.entry.id),
    state: 'available',
    tier: making.random.pick(['production', 'staging', 'other']),
    auto_stop_at: null,
    description: null,
    kubernetes_namespace: null,
    flux_resource_path: null,
    auto_stop_setting: 'always',
    cluster_agent: null,
  }),
});

/** Deployments of projects. */
export const deployments = defineShelf({
  ...common,
  name: 'deployments',
  path: 'projects/:id/deployments',
  single: 'id',
  table: 'api_entities_deployment',
  key: ['id'],
  size: 1.5,
  series: 12,
  orders: ['id', 'created_at', 'updated_at'],
  sort: 'asc',
  filters: ['updated-paired'],
  make: deploymentObject,
});

/** Releases of projects. */
export const releases = defineShelf({
  ...common,
  name: 'releases',
  path: 'projects/:id/releases',
  single: 'tag_name',
  table: 'api_entities_release',
  key: ['project_id', 'tag_name'],
  size: 0.8,
  series: 0,
  orders: ['released_at', 'created_at'],
  filters: ['updated'],
  make: releaseObject,
});

/** Feature flags of projects. */
export const featureFlags = defineShelf({
  ...common,
  name: 'feature_flags',
  path: 'projects/:id/feature_flags',
  single: 'name',
  table: 'api_entities_feature_flag',
  key: ['project_id', 'name'],
  role: ROLE.developer,
  refusal: offInEvery(6, 403),
  size: 0.7,
  series: 0,
  sort: 'asc',
  make: ({ entry, random }) => ({
    name: `flag_${String(entry.ordinal)}`,
    description: 'Größer & “better”',
    active: random.chance(0.5),
    version: 'new_version_flag',
    ...instants(entry),
    scopes: [],
    strategies: [
      {
        id: entry.ordinal + 1,
        name: 'gradualRolloutUserId',
        parameters: { groupId: 'default', percentage: '25' },
        scopes: [{ id: entry.ordinal + 1, environment_scope: 'production' }],
        user_list: null,
      },
    ],
  }),
});

function environmentObject({ entry, random }: Making, id: number): JsonObject {
  const name = `review/größe-${String(entry.ordinal)}`;
  return {
    id,
    name,
    slug: `review-gr-e-${random.hex(6)}`,
    external_url: random.chance(0.5) ? `https://${random.hex(6)}.acme.example` : null,
    ...instants(entry),
  };
}

function deploymentObject(making: Making): JsonObject {
  const { world, place, entry, random } = making;
  const status = random.pick(['success', 'success', 'failed', 'running']);
  return {
    id: entry.id,
    iid: entry.ordinal + 1,
    ref: 'main',
    sha: random.hex(40),
    ...instants(entry),
    user: somebody(world, random),
    environment: environmentObject(making, entry.id * 10),
    deployable: {
      id: 4_300_000_000 + entry.ordinal,
      status,
      stage: 'deploy',
      name: 'production',
      ref: 'main',
      tag: false,
      coverage: null,
      created_at: utc(entry.createdAt),
      web_url: `${webUrl(world, place)}/-/jobs/${String(4_300_000_000 + entry.ordinal)}`,
    },
    status,
  };
}

function releaseObject(making: Making): JsonObject {
  const { world, place, entry, random } = making;
  const tag = `v1.${String(entry.ordinal)}.0`;
  const path = pathOf(world, place);
  const commit = commitObject(making);
  const planned = milestone(making);
  return {
    name: `Release ${tag} 🎉`,
    tag_name: tag,
    description: random.chance(0.3) ? null : '## Changes\r\n\r\n- “größer”',
    created_at: utc(entry.createdAt),
    released_at: utc(entry.createdAt),
    upcoming_release: false,
    description_html: '<h2>Changes</h2>',
    author: somebody(world, random),
    commit,
    milestones: planned === null ? [] : [planned],
    commit_path: `/${path}/-/commit/${random.hex(40)}`,
    tag_path: `/${path}/-/tags/${tag}`,
    assets: assetsOf(making, tag),
    evidences: [
      {
        sha: random.hex(40),
        filepath: `${webUrl(world, place)}/-/releases/${tag}/evidences/1.json`,
        collected_at: utc(entry.createdAt + 1000),
      },
    ],
    _links: { self: `${webUrl(world, place)}/-/releases/${tag}` },
  };
}

function assetsOf({ world, place, entry, random }: Making, tag: string): JsonObject {
  const archive = `${webUrl(world, place)}/-/archive/${tag}/archive-${tag}`;
  const links = Array.from({ length: random.integer(0, 1) }, () => ({
    id: entry.ordinal + 1,
    name: 'binary',
    url: 'https://downloads.acme.example/binary',
    direct_asset_url: 'https://downloads.acme.example/binary',
    link_type: 'other',
  }));
  return {
    count: 2 + links.length,
    sources: ['zip', 'tar.gz'].map((format) => ({ format, url: `${archive}.${format}` })),
    links,
  };
}
