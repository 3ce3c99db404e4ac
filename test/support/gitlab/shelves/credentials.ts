import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { date, DAY, utc } from '../time.ts';
import { unpaidBelow } from './off.ts';
import { person } from './parts.ts';
import { defineShelf, type Making, type Shelf } from './shelf.ts';
import { ownerId } from './stacks.ts';

const SCOPES = ['project', 'group'] as const;

/** Webhooks of projects and groups. */
export const hooks: readonly Shelf[] = SCOPES.map((scope) => ({
  name: `${scope}_hooks`,
  path: `${scope}s/:id/hooks`,
  single: 'id',
  table: 'api_entities_hook',
  key: [`${scope}_id`, 'id'],
  scope,
  role: scope === 'project' ? ROLE.maintainer : ROLE.owner,
  ...(scope === 'group' ? { refusal: unpaidBelow('customers', 404) } : {}),
  size: 0.7,
  series: 22,
  make: (making) => hookObject(making, scope),
}));

/** Deploy tokens of projects and groups. */
export const deployTokens: readonly Shelf[] = SCOPES.map((scope) => ({
  name: `${scope}_deploy_tokens`,
  path: `${scope}s/:id/deploy_tokens`,
  single: 'id',
  table: 'api_entities_deploy_token',
  key: [`${scope}_id`, 'id'],
  scope,
  role: scope === 'project' ? ROLE.maintainer : ROLE.owner,
  size: 0.6,
  series: 23,
  make: ({ entry }) => ({
    id: entry.id,
    name: `pull “${String(entry.ordinal)}”`,
    username: `gitlab+deploy-token-${String(entry.id)}`,
    expires_at: utc(entry.createdAt + 365 * DAY),
    scopes: ['read_repository', 'read_registry'],
    revoked: false,
    expired: false,
  }),
}));

/** Access tokens of projects and groups. */
export const accessTokens: readonly Shelf[] = SCOPES.map((scope) => ({
  name: `${scope}_access_tokens`,
  path: `${scope}s/:id/access_tokens`,
  single: 'id',
  table: 'api_entities_access_token',
  key: [`${scope}_id`, 'id'],
  scope,
  role: scope === 'project' ? ROLE.maintainer : ROLE.owner,
  size: 0.6,
  series: 24,
  make: (making) => tokenObject(making, scope),
}));

/** Deploy keys, the same in several projects. */
export const deployKeys = defineShelf({
  name: 'deploy_keys',
  path: 'projects/:id/deploy_keys',
  single: 'id',
  table: 'api_entities_deploy_key',
  key: ['project_id', 'id'],
  ids: 'own',
  scope: 'project',
  role: ROLE.maintainer,
  size: 0.7,
  series: 0,
  make: keyObject,
});

function hookObject({ entry, random, place }: Making, scope: 'project' | 'group'): JsonObject {
  const isProject = scope === 'project';
  return {
    id: entry.id,
    url: `https://ci.acme.example/hook?secret=${random.hex(12)}`,
    name: `Hook ${String(entry.ordinal)}`,
    description: random.chance(0.5) ? null : 'Tells the größe',
    created_at: utc(entry.createdAt),
    push_events: true,
    tag_push_events: false,
    merge_requests_events: true,
    repository_update_events: false,
    enable_ssl_verification: true,
    alert_status: 'executable',
    disabled_until: null,
    url_variables: [],
    push_events_branch_filter: null,
    branch_filter_strategy: 'wildcard',
    custom_webhook_template: null,
    custom_headers: [{ key: 'Authorization' }],
    ...(isProject ? { project_id: ownerId(place) } : { group_id: ownerId(place) }),
    ...switches(),
    ...(isProject ? {} : { subgroup_events: false, member_events: false, project_events: false }),
  };
}

function switches(): JsonObject {
  const names = 'issues confidential_issues note confidential_note pipeline wiki_page deployment';
  const more = 'feature_flag job releases milestone emoji resource_access_token vulnerability';
  const all = `${names} ${more}`.split(' ');
  return Object.fromEntries(all.map((name, index) => [`${name}_events`, index % 2 === 0]));
}

function tokenObject({ world, entry, random }: Making, scope: 'project' | 'group'): JsonObject {
  return {
    id: entry.id,
    name: `automation ${String(entry.ordinal)} 🤖`,
    revoked: false,
    created_at: utc(entry.createdAt),
    description: null,
    scopes: ['read_api', 'read_repository'],
    user_id: person(world, random).id,
    last_used_at: random.chance(0.5) ? utc(entry.updatedAt) : null,
    active: true,
    expires_at: date(entry.createdAt + 365 * DAY),
    access_level: random.pick([20, 30, 40]),
    resource_type: scope,
    resource_id: entry.ordinal + 1,
  };
}

function keyObject({ entry, random }: Making): JsonObject {
  return {
    id: 300 + entry.ordinal,
    title: `Deploy “${String(entry.ordinal)}”`,
    created_at: utc(entry.createdAt),
    expires_at: null,
    last_used_at: random.chance(0.5) ? utc(entry.updatedAt) : null,
    key: `ssh-ed25519 ${random.hex(64)} größe@acme`,
    usage_type: 'auth_and_signing',
    fingerprint: random.hex(32),
    fingerprint_sha256: `SHA256:${random.hex(43)}`,
    projects_with_write_access: [],
    projects_with_readonly_access: [],
    can_push: random.chance(0.3),
  };
}
