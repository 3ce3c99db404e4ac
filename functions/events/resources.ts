import { each, of, windowed } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const NEEDS_PREMIUM = {
  403: 'audit events need GitLab Premium',
  404: 'audit events need GitLab Premium',
} as const;

/** How GitLab takes the bounds of a window of audit events. */
const BETWEEN = { after: 'created_after', before: 'created_before', bounds: 'instants' } as const;

/** What people did in every project, and the audit events of instance, groups and projects; none of them changes. */
export const events = defineFamily('events', {
  events: {
    path: '/projects/{project_id}/events',
    bind: { project_id: each('project') },
    query: { sort: 'asc' },
    table: 'api_entities_event',
    record: of<{ id: number; created_at: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    cursor: windowed('created_at', {
      after: 'after',
      before: 'before',
      bounds: 'exclusive-dates',
      days: 60,
    }),
    dueBy: 'activity',
  },
  audit_events: {
    path: '/audit_events',
    single: '/audit_events/{id}',
    query: { order_by: 'id', sort: 'desc' },
    table: 'api_entities_audit_event',
    record: of<{ id: number; created_at: string }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    cursor: windowed('created_at', { ...BETWEEN, days: 30, longestDays: 30 }),
    access: 'admin',
    absent: NEEDS_PREMIUM,
  },
  group_audit_events: {
    path: '/groups/{group_id}/audit_events',
    single: '/groups/{group_id}/audit_events/{id}',
    bind: { group_id: each('group') },
    query: { order_by: 'id', sort: 'desc' },
    table: 'api_entities_group_audit_event',
    record: of<{ id: number; created_at: string }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    cursor: windowed('created_at', { ...BETWEEN, days: 180 }),
    dueBy: 'activity',
    absent: NEEDS_PREMIUM,
  },
  project_audit_events: {
    path: '/projects/{project_id}/audit_events',
    single: '/projects/{project_id}/audit_events/{id}',
    bind: { project_id: each('project') },
    query: { order_by: 'id', sort: 'desc' },
    table: 'api_entities_project_audit_event',
    record: of<{ id: number; created_at: string }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    cursor: windowed('created_at', { ...BETWEEN, days: 180 }),
    dueBy: 'activity',
    absent: NEEDS_PREMIUM,
  },
});
