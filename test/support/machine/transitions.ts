/** How a partition stands, as far as SPEC.md's table of transitions speaks of it. */
export interface Standing {
  readonly status: 'active' | 'inaccessible' | 'gone' | 'halted';
  readonly claim: 'free' | 'claimed';
  readonly scan: 'complete' | 'scanning';
}

/** What a transition asks of a partition, what it makes of it, and which numbers grow. */
interface Transition {
  readonly from: Partial<{ readonly [Part in keyof Standing]: readonly Standing[Part][] }>;
  readonly to: Partial<Standing>;
  readonly grows: readonly ('fence' | 'seq')[];
  /** What its holder does with a partition that is gone meanwhile leaves it gone. */
  readonly leaves?: 'gone';
}

const CLAIMABLE = ['active', 'inaccessible'] as const;
const CLAIMED = { status: CLAIMABLE, claim: ['claimed'] } as const;
const DONE = { status: 'active', claim: 'free', scan: 'complete' } as const;

/** SPEC.md's table. T1 makes the row, T6 moves nothing but the end of a lease, T13 is a T7, T8 or T9. */
export const TRANSITIONS = {
  T2: { from: { status: CLAIMABLE }, to: { status: 'gone' }, grows: [] },
  T3: { from: { status: ['gone'] }, to: { status: 'active' }, grows: [] },
  T4: {
    from: { status: CLAIMABLE, claim: ['free'] },
    to: { claim: 'claimed' },
    grows: ['fence'],
  },
  T5: { from: CLAIMED, to: {}, grows: ['fence'] },
  T7: { from: CLAIMED, to: { status: 'active', scan: 'scanning' }, grows: ['seq'], leaves: 'gone' },
  T8: { from: CLAIMED, to: DONE, grows: ['seq'], leaves: 'gone' },
  T9: { from: { ...CLAIMED, scan: ['complete'] }, to: DONE, grows: [], leaves: 'gone' },
  T10: { from: { claim: ['claimed'] }, to: { claim: 'free' }, grows: [] },
  T11: { from: CLAIMED, to: { status: 'active', claim: 'free' }, grows: [], leaves: 'gone' },
  T12: { from: CLAIMED, to: { status: 'inaccessible', claim: 'free' }, grows: [], leaves: 'gone' },
  T14: { from: CLAIMED, to: { status: 'halted', claim: 'free' }, grows: [], leaves: 'gone' },
  T15: { from: { status: ['halted'] }, to: { status: 'active' }, grows: [] },
  T16: { from: {}, to: { claim: 'free', scan: 'complete' }, grows: ['fence', 'seq'] },
} as const satisfies Readonly<Record<string, Transition>>;

/** One of the table's ids. */
export type TransitionId = keyof typeof TRANSITIONS;

/** What can be told apart after a while: the standing, and which numbers have grown since. */
export interface Moved extends Standing {
  readonly fence: 'same' | 'grown';
  readonly seq: 'same' | 'grown';
}

/** Whether any sequence of the allowed transitions leads from one standing to the other. */
export function isReachable(
  before: Standing,
  after: Moved,
  allowed: readonly TransitionId[],
): boolean {
  const { status, claim, scan } = before;
  const open: Moved[] = [{ status, claim, scan, fence: 'same', seq: 'same' }];
  const seen = new Set<string>();
  for (const moved of open) {
    if (isSame(moved, after)) return true;
    if (seen.has(nameOf(moved))) continue;
    seen.add(nameOf(moved));
    open.push(...allowed.flatMap((id) => applied(TRANSITIONS[id], moved)));
  }
  return false;
}

function applied({ from, to, grows, leaves }: Transition, moved: Moved): readonly Moved[] {
  const { status = [moved.status], claim = [moved.claim], scan = [moved.scan] } = from;
  const stays = moved.status === leaves;
  const fits =
    (stays || status.includes(moved.status)) &&
    claim.includes(moved.claim) &&
    scan.includes(moved.scan);
  if (!fits) return [];
  const grown = Object.fromEntries(grows.map((name) => [name, 'grown']));
  return [{ ...moved, ...to, ...grown, ...(stays ? { status: moved.status } : {}) }];
}

function isSame(left: Moved, right: Moved): boolean {
  return nameOf(left) === nameOf(right);
}

function nameOf({ status, claim, scan, fence, seq }: Moved): string {
  return [status, claim, scan, fence, seq].join();
}
