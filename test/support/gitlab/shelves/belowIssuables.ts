import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { utc } from '../time.ts';
import { issues } from './issues.ts';
import { mergeRequests } from './mergeRequests.ts';
import { instants, milestone, somebody } from './parts.ts';
import { type Making, parentIn, projectIn, type Shelf } from './shelf.ts';

/** An issue or merge request that has notes and events below it. */
interface Issuable {
  readonly shelf: Shelf;
  /** Begins the names of what is below it. */
  readonly name: string;
  readonly type: 'Issue' | 'MergeRequest';
}

const ISSUABLES: readonly Issuable[] = [
  { shelf: issues, name: 'issue', type: 'Issue' },
  { shelf: mergeRequests, name: 'merge_request', type: 'MergeRequest' },
];

/** Notes, discussions and events of issues and merge requests. */
export const belowIssuables: readonly Shelf[] = ISSUABLES.flatMap((issuable) => [
  {
    ...common(issuable, 'notes', 'note'),
    size: 1,
    orders: ['created_at', 'updated_at'],
    make: (making) => noteObject(making, issuable, ''),
  },
  {
    ...common(issuable, 'discussions', 'discussion'),
    size: 0.5,
    ids: 'own',
    make: (making) => discussionObject(making, issuable),
  },
  {
    ...common(issuable, 'resource_label_events', 'label_event'),
    size: 0.4,
    make: (making) => ({ ...eventObject(making, issuable), ...labelChange(making) }),
  },
  {
    ...common(issuable, 'resource_state_events', 'state_event'),
    size: 0.4,
    make: (making) => ({ ...eventObject(making, issuable), ...stateChange(making) }),
  },
  {
    ...common(issuable, 'resource_milestone_events', 'milestone_event'),
    size: 0.3,
    make: (making) => ({ ...eventObject(making, issuable), ...milestoneChange(making) }),
  },
]);

function common(
  { shelf, name }: Issuable,
  segment: string,
  entity: string,
): Omit<Shelf, 'size' | 'make'> {
  return {
    name: `${name}_${entity}s`,
    path: `${shelf.path}/:parent/${segment}`,
    single: 'id',
    table: `api_entities_${name}_${entity}`,
    key: ['id'],
    scope: 'project',
    below: { shelf, field: 'iid', column: `${name}_iid` },
    role: ROLE.reporter,
    series: 0,
    sort: 'asc',
  };
}

function noteObject(making: Making, { type }: Issuable, suffix: string): JsonObject {
  const { world, place, entry, random } = making;
  const isSystem = random.chance(0.3);
  return {
    id: suffix === '' ? entry.id : Number(`${String(entry.id)}${suffix}`),
    type: suffix === '' ? null : 'DiscussionNote',
    body: isSystem ? 'changed the description' : 'Looks **good**, “thanks” 👍\n\nSecond line.',
    author: somebody(world, random),
    ...instants(entry),
    system: isSystem,
    noteable_id: parentIn(place).id,
    noteable_type: type,
    project_id: projectIn(place).id,
    commit_id: null,
    resolvable: type === 'MergeRequest',
    ...(type === 'MergeRequest' ? { resolved: false, resolved_by: null, resolved_at: null } : {}),
    suggestions: [],
    confidential: false,
    internal: false,
    imported: false,
    imported_from: 'none',
    noteable_iid: parentIn(place).ordinal + 1,
    commands_changes: {},
  };
}

function discussionObject(making: Making, issuable: Issuable): JsonObject {
  const { random } = making;
  const id = random.hex(40);
  const isAlone = random.chance(0.5);
  const suffixes = isAlone ? ['1'] : ['1', '2'];
  return {
    id,
    individual_note: isAlone,
    notes: suffixes.map((suffix) => noteObject(making, issuable, suffix)),
  };
}

function eventObject({ world, place, entry, random }: Making, { type }: Issuable): JsonObject {
  return {
    id: entry.id,
    user: somebody(world, random),
    created_at: utc(entry.createdAt),
    resource_type: type,
    resource_id: parentIn(place).id,
  };
}

function labelChange({ random }: Making): JsonObject {
  const label = {
    id: random.integer(1, 900),
    name: 'größe::2',
    color: `#${random.hex(6)}`,
    description: null,
    description_html: '',
    text_color: '#FFFFFF',
  };
  return { label, action: random.pick(['add', 'remove']) };
}

function stateChange({ random }: Making): JsonObject {
  return {
    source_commit: null,
    source_merge_request_id: null,
    state: random.pick(['closed', 'reopened']),
  };
}

function milestoneChange(making: Making): JsonObject {
  return {
    milestone: milestone(making),
    action: making.random.pick(['add', 'remove']),
    state: 'opened',
  };
}
