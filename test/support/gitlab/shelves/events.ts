import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { basicUser } from '../world/users.ts';
import { unpaidBelow } from './off.ts';
import { person } from './parts.ts';
import { defineShelf, type Making, projectIn, type Shelf } from './shelf.ts';
import { ownerId } from './stacks.ts';

/** What people did in projects. */
export const events = defineShelf({
  name: 'events',
  path: 'projects/:id/events',
  table: 'api_entities_event',
  key: ['id'],
  scope: 'project',
  role: ROLE.reporter,
  size: 3,
  series: 15,
  orders: ['created_at'],
  filters: ['dates'],
  make: eventObject,
});

const audits = {
  single: 'id',
  key: ['id'],
  orders: ['id'],
  pages: 'keyset-id',
  make: auditObject,
} as const;

/** Audit events of the instance, its groups and its projects. */
export const auditEvents: readonly Shelf[] = [
  {
    ...audits,
    name: 'audit_events',
    path: 'audit_events',
    table: 'api_entities_audit_event',
    scope: 'instance',
    role: 'admin',
    size: 30,
    series: 16,
    filters: ['created-within-30-days'],
  },
  {
    ...audits,
    name: 'group_audit_events',
    path: 'groups/:id/audit_events',
    table: 'api_entities_group_audit_event',
    scope: 'group',
    role: ROLE.owner,
    refusal: unpaidBelow('labs', 403),
    size: 2,
    series: 17,
    filters: ['created'],
  },
  {
    ...audits,
    name: 'project_audit_events',
    path: 'projects/:id/audit_events',
    table: 'api_entities_project_audit_event',
    scope: 'project',
    role: ROLE.maintainer,
    size: 1,
    series: 18,
    filters: ['created'],
  },
];

function eventObject({ world, place, entry, random }: Making): JsonObject {
  const author = person(world, random);
  const isPush = random.chance(0.5);
  const push = {
    commit_count: random.integer(1, 4),
    action: 'pushed',
    ref_type: 'branch',
    commit_from: random.hex(40),
    commit_to: random.hex(40),
    ref: 'main',
    commit_title: 'Change the “größe”',
    ref_count: null,
  };
  return {
    id: entry.id,
    project_id: projectIn(place).id,
    action_name: isPush ? 'pushed to' : 'opened',
    target_id: isPush ? null : entry.ordinal + 1,
    target_iid: isPush ? null : entry.ordinal + 1,
    target_type: isPush ? null : 'Issue',
    author_id: author.id,
    target_title: isPush ? null : 'Repair the thing',
    created_at: utc(entry.createdAt),
    author: basicUser(world, author),
    imported: false,
    imported_from: 'none',
    ...(isPush ? { push_data: push } : {}),
    author_username: author.username,
  };
}

function auditObject({ world, place, entry, random }: Making): JsonObject {
  const author = person(world, random);
  return {
    id: entry.id,
    author_id: author.id,
    entity_id: ownerId(place),
    entity_type: place.group === undefined ? 'Project' : 'Group',
    event_name: 'member_created',
    details: {
      custom_message: 'Membership created',
      author_name: author.name,
      author_email: author.email,
      target_id: author.id,
      target_type: 'User',
      ip_address: '10.1.2.3',
      entity_path: 'acme',
    },
    created_at: utc(entry.createdAt),
  };
}
