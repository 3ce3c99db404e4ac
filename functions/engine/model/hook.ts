/** Where GitLab keeps a webhook. */
export type HookPlace =
  | { readonly kind: 'system' }
  | { readonly kind: 'group' | 'project'; readonly id: number; readonly path: string };

/** A place, and those that are taken instead when the token may keep no webhook there. */
export interface HookCandidate {
  readonly place: HookPlace;
  readonly below: readonly HookCandidate[];
}

/** A webhook as GitLab shows it; never with its secrets. */
export interface Hook {
  readonly id: number;
  readonly url: string;
  /** `executable` when GitLab sends to it; undefined where GitLab does not tell. */
  readonly alertStatus: string | undefined;
  readonly disabledUntil: string | undefined;
  readonly isSigned: boolean;
}

/** One try of GitLab to send an event; it keeps those of seven days. */
export interface HookDelivery {
  readonly id: number;
  readonly trigger: string;
  /** A status of HTTP, or GitLab's word for none. */
  readonly status: string;
  /** The same for each try of one event; undefined in older releases. */
  readonly key: string | undefined;
  readonly projectId: number | undefined;
}

/** How a place is named to people. */
export function placeName(place: HookPlace): string {
  return place.kind === 'system' ? 'the instance' : `${place.kind} ${place.path}`;
}

const PUSHED = ['push_events', 'tag_push_events', 'merge_requests_events'];

const OF_PROJECTS = [
  ...PUSHED,
  ...['issues_events', 'confidential_issues_events', 'note_events', 'confidential_note_events'],
  ...['job_events', 'pipeline_events', 'deployment_events', 'releases_events'],
  ...['wiki_page_events', 'milestone_events', 'emoji_events', 'feature_flag_events'],
  ...['vulnerability_events', 'resource_access_token_events'],
];

/** Events that a webhook is sent for, as fields of the API; what a release does not know it ignores. */
export const HOOK_EVENTS: Readonly<Record<HookPlace['kind'], readonly string[]>> = {
  system: [...PUSHED, 'repository_update_events'],
  group: [...OF_PROJECTS, 'member_events', 'subgroup_events', 'project_events'],
  project: OF_PROJECTS,
};
