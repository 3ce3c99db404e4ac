import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { commitObject } from './linksAndCommits.ts';
import { offInEvery } from './off.ts';
import { defineShelf, type Making } from './shelf.ts';

const common = { scope: 'project', series: 0 } as const;

/** Commits of all branches. */
export const commits = defineShelf({
  ...common,
  name: 'commits',
  path: 'projects/:id/repository/commits',
  single: 'id',
  table: 'api_entities_commit',
  key: ['project_id', 'id'],
  ids: 'own',
  role: ROLE.reporter,
  refusal: offInEvery(8, 403),
  size: 3,
  orders: ['created_at'],
  filters: ['since'],
  pages: 'uncounted',
  make: (making) => ({
    ...commitObject(making),
    stats: { additions: 3, deletions: making.entry.ordinal, total: 3 + making.entry.ordinal },
  }),
});

/** Tags of repositories. */
export const tags = defineShelf({
  ...common,
  name: 'tags',
  path: 'projects/:id/repository/tags',
  single: 'name',
  table: 'api_entities_tag',
  key: ['project_id', 'name'],
  role: ROLE.reporter,
  refusal: offInEvery(8, 403),
  size: 1.5,
  orders: ['updated_at', 'name'],
  pages: 'keyset-name',
  make: tagObject,
});

/** Branches that not everybody may push to. */
export const protectedBranches = defineShelf({
  ...common,
  name: 'protected_branches',
  path: 'projects/:id/protected_branches',
  single: 'name',
  table: 'api_entities_protected_branch',
  key: ['project_id', 'id'],
  role: ROLE.maintainer,
  size: 1,
  series: 13,
  sort: 'asc',
  make: ({ entry, random }) => ({
    id: entry.id,
    name: entry.ordinal === 0 ? 'main' : `release/${String(entry.ordinal)}.*`,
    push_access_levels: [accessLevel(entry.id, 40)],
    merge_access_levels: [accessLevel(entry.id + 1, 30)],
    allow_force_push: random.chance(0.2),
    unprotect_access_levels: [],
    code_owner_approval_required: false,
    inherited: false,
  }),
});

/** Tags that not everybody may make. */
export const protectedTags = defineShelf({
  ...common,
  name: 'protected_tags',
  path: 'projects/:id/protected_tags',
  single: 'name',
  table: 'api_entities_protected_tag',
  key: ['project_id', 'name'],
  role: ROLE.maintainer,
  size: 0.6,
  sort: 'asc',
  make: ({ entry }) => ({
    name: `v${String(entry.ordinal)}.*`,
    create_access_levels: [accessLevel(entry.ordinal + 1, 40)],
  }),
});

function accessLevel(id: number, level: number): JsonObject {
  return {
    id,
    access_level: level,
    access_level_description: level === 40 ? 'Maintainers' : 'Developers + Maintainers',
    deploy_key_id: null,
    user_id: null,
    group_id: null,
  };
}

function tagObject(making: Making): JsonObject {
  const { entry, random } = making;
  const name = `v1.${String(entry.ordinal)}.0${random.chance(0.2) ? '-größe+1' : ''}`;
  const isAnnotated = random.chance(0.5);
  return {
    name,
    message: isAnnotated ? 'Tagged “by hand”' : '',
    target: random.hex(40),
    commit: commitObject(making),
    release: random.chance(0.3) ? { tag_name: name, description: 'First' } : null,
    protected: random.chance(0.3),
    created_at: isAnnotated ? utc(entry.createdAt) : null,
  };
}
