import { RUNS_UNTIL_HALT } from '../../../functions/engine/state/outcomes.ts';
import type { Partition, Partitions } from './partitions.ts';
import { isReachable, type TransitionId } from './transitions.ts';

/** What happens to the partitions meanwhile. */
export interface Happening {
  /** Who looks for work, and with which right to pass over a wait; nobody: no run. */
  readonly runs: 'nobody' | 'person' | 'schedule';
  /** The partition that the scope leaves out. */
  readonly excluded?: string;
  /** What GitLab answers for one partition. */
  readonly failing?: { readonly key: string; readonly how: Failing };
  /** A run may be cut off anywhere, or its end may not be waited for. */
  readonly isCut?: boolean;
  /** Leases that are held end meanwhile. */
  readonly expires?: boolean;
  readonly forgets?: boolean;
  readonly resumes?: boolean;
}

/** How GitLab fails for a partition. */
export type Failing = 'refused' | 'broken' | 'keyless' | 'busy';

const FAILURES = {
  refused: ['T12'],
  broken: ['T11'],
  keyless: ['T11', 'T14'],
  busy: ['T11'],
} as const satisfies Readonly<Record<Failing, readonly TransitionId[]>>;
const WORK = ['T4', 'T7', 'T8', 'T9', 'T10'] as const;

/** Every way in which what was seen is not what SPEC.md says of the happening. */
export function brokenLaws(
  before: Partitions,
  after: Partitions,
  happening: Happening,
): readonly string[] {
  return [...after.values()].flatMap((now) => {
    const then = before.get(now.key);
    if (then === undefined) return [`partition ${now.key} came from nowhere`];
    const laws = [...movement(then, now, happening), ...numbers(then, now)];
    const ends = isClaimable(then, happening) && happening.isCut !== true;
    return [...laws, ...(ends ? results(then, now, happening) : [])].map(
      (law) => `partition ${now.key} ${law}: ${shown(then)} -> ${shown(now)}`,
    );
  });
}

/** Whether a run of this happening must claim the partition. */
function isClaimable(then: Partition, happening: Happening): boolean {
  const { runs, excluded, forgets, expires } = happening;
  if (runs === 'nobody' || then.status === 'halted' || then.key === excluded) return false;
  if (then.lease === 'held' && forgets !== true && expires !== true) return false;
  return then.wait === 'none' || (runs === 'person' && then.wait === 'failure');
}

function movement(then: Partition, now: Partition, happening: Happening): readonly string[] {
  const moved = {
    ...now,
    fence: now.fence > then.fence ? 'grown' : 'same',
    seq: now.seq > then.seq ? 'grown' : 'same',
  } as const;
  return isReachable(then, moved, allowedFor(then, happening)) ? [] : ['moved as no rule allows'];
}

function allowedFor(then: Partition, happening: Happening): readonly TransitionId[] {
  const { runs, excluded, expires, forgets, resumes } = happening;
  const allowed: TransitionId[] = [];
  if (forgets === true) allowed.push('T16');
  if (resumes === true) allowed.push('T15');
  if (runs === 'nobody') return allowed;
  if (then.key === excluded) return [...allowed, 'T2'];
  allowed.push('T3');
  const isWorkedOn = isClaimable(then, happening);
  if (!isWorkedOn && then.wait !== 'soon') return allowed;
  if (then.lease === 'over' || expires === true) allowed.push('T5');
  return [...allowed, ...WORK, ...failuresOf(then, happening)];
}

function failuresOf({ key }: Partition, { failing }: Happening): readonly TransitionId[] {
  if (failing === undefined) return [];
  // A wait that GitLab asks for binds the whole client.
  return failing.key === key || failing.how === 'busy' ? FAILURES[failing.how] : [];
}

function numbers(then: Partition, now: Partition): readonly string[] {
  const broken: string[] = [];
  if (now.fence < then.fence) broken.push('has a lower fence');
  if (now.seq < then.seq) broken.push('has a lower seq');
  if (now.packages !== now.seq) broken.push('has another seq than packages');
  if (now.packages > then.packages && now.packageFence <= then.fence)
    broken.push('has a package without a claim');
  const stood = then.cursor === now.cursor && then.token === now.token;
  if (now.seq === then.seq && !stood) broken.push('has moved without a package');
  return broken;
}

/** What must have become of a partition that a run worked on to the end. */
function results(then: Partition, now: Partition, { failing }: Happening): readonly string[] {
  if (failing?.how === 'busy' && now.wait === 'retry-after') return [];
  return failing?.key === now.key ? afterFailure(now, failing.how) : afterSuccess(then, now);
}

function afterSuccess(then: Partition, now: Partition): readonly string[] {
  const broken: string[] = [];
  if (now.status !== 'active' || now.scan !== 'complete') broken.push('is not complete');
  if (Number(now.completeAsOf) <= Number(then.completeAsOf)) broken.push('was not read');
  if (now.failures + now.failingRuns > 0) broken.push('has not forgotten its failures');
  return broken;
}

function afterFailure(now: Partition, how: Failing): readonly string[] {
  const isHalted = how === 'keyless' && now.failingRuns >= RUNS_UNTIL_HALT;
  const refused = how === 'refused' ? 'inaccessible' : 'active';
  const broken: string[] = [];
  if (now.failures === 0 || now.wait !== 'failure') broken.push('does not wait');
  if (now.status !== (isHalted ? 'halted' : refused)) broken.push('has the wrong status');
  return broken;
}

function shown({ key: _key, completeAsOf: _completeAsOf, ...rest }: Partition): string {
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
