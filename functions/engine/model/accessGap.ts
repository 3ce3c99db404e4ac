/** Why GitLab refuses a partition, as far as it lets itself be found out. */
export type GapClass =
  | 'no-permission'
  | 'feature-off'
  | 'tier'
  | 'archived'
  | 'pending-deletion'
  | 'gone'
  | 'not-visible';

/** What a class means to a person, and how long its partitions are left alone. */
interface GapDefinition {
  /** Completes "GitLab refuses it: ...". */
  readonly what: string;
  readonly help: string;
  /** Absent where the usual pause after a failure is enough. */
  readonly restSeconds?: number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Every class. What no role gives is asked for once a day: idle runs cost nothing, and it comes back by itself. */
export const GAP_CLASSES: Readonly<Record<GapClass, GapDefinition>> = {
  'no-permission': {
    what: 'the role is too low',
    help: "give the token's user a higher role",
  },
  'feature-off': {
    what: 'the feature is off',
    help: 'nothing to do, unless it should be on',
    restSeconds: DAY,
  },
  tier: {
    what: "GitLab's tier lacks it",
    help: 'nothing to do, unless the licence should have it',
    restSeconds: DAY,
  },
  archived: {
    what: 'the project is archived',
    help: 'nothing to do; unarchive it to load it again',
    restSeconds: DAY,
  },
  'pending-deletion': {
    what: 'it is marked for deletion',
    help: 'nothing to do; restore it in GitLab to keep it',
    restSeconds: DAY,
  },
  gone: {
    what: 'it does not exist any more',
    help: 'nothing to do; the rows loaded before stay',
    restSeconds: DAY,
  },
  'not-visible': {
    what: 'it was deleted, or the token sees it no more',
    help: "if it exists, make the token's user a member again",
    restSeconds: DAY,
  },
};

/** A partition that GitLab refuses, or a project or group that has left the list (`resource` is that list then). */
export interface AccessGap {
  readonly resource: string;
  readonly partition: string;
  readonly status: number;
  readonly class: GapClass;
  /** What GitLab said, shortened; empty when it said nothing that may be shown. */
  readonly message: string;
  readonly since: Date;
}

/** What became of a gap since somebody was last told. */
export interface GapChange extends AccessGap {
  readonly change: 'opened' | 'changed' | 'closed';
}

/** Gaps of one resource that changed in the same way in one invocation. */
export interface GapSummary {
  readonly change: GapChange['change'];
  readonly resource: string;
  readonly class: GapClass;
  readonly count: number;
  /** The first of them. */
  readonly partitions: readonly string[];
}

const MOST_NAMED = 10;

/** Adds changes up by resource, class and kind. */
export function gapSummaries(changes: readonly GapChange[]): readonly GapSummary[] {
  const groups = new Map<string, GapChange[]>();
  for (const change of changes) {
    const key = `${change.resource} ${change.change} ${change.class}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { change, resource, class: kind } = first;
    const partitions = group.slice(0, MOST_NAMED).map(({ partition }) => partition);
    return [{ change, resource, class: kind, count: group.length, partitions }];
  });
}

/** What GitLab tells of a project or group itself. */
export interface MemberStanding {
  /** The status of its own page; 200 when it can be seen. */
  readonly status: number;
  readonly isArchived: boolean;
  readonly isPendingDeletion: boolean;
  /** Features whose access level is `disabled`, e.g. `builds`. */
  readonly disabled: ReadonlySet<string>;
}
