import { type CursorSpec, type ResourceSpec, scopeParameter } from './resource.ts';
import { keepsWholeScan, writeMethod } from './writeMethod.ts';

/** When the rows that a resource no longer has are looked for: with each scan, or with scans made for that. */
export type SweepKind = 'each-scan' | 'full-pass' | 'never';

/** What may be deleted without a person, and how much is asked about in one run. */
export const SWEEP_LIMITS = {
  /** Beyond both of them nothing is deleted: a share of the partition's rows, and so many of them. */
  share: 0.2,
  rows: 50,
  /** So many rows do not all vanish at once. */
  all: 5,
  /** Rows of one resource that one run asks GitLab for before it deletes them. */
  confirmations: 500,
  /** Rows that one package deletes. */
  ofPackage: 200,
  /** A scan that took longer says too little about the rows that it read first. */
  scanHours: 72,
} as const;

/** Whether so many of a partition's rows would go that a person must decide. */
export function isMassDelete({
  rows,
  missing,
}: {
  readonly rows: number;
  readonly missing: number;
}): boolean {
  const { share, rows: few, all } = SWEEP_LIMITS;
  return (missing > few && missing > rows * share) || (missing === rows && rows >= all);
}

/**
 * Whether a list names all rows of a partition, so that a row which it lacks may be gone. Projects and groups never are:
 * GitLab shows those that it hides from the token in the same way as those that are deleted.
 */
export function sweepKind(resource: ResourceSpec): SweepKind {
  const { cursor, sweepEvery } = resource;
  if (sweepEvery === 'never' || !hasKeyedRows(resource) || !isReadForItself(resource))
    return 'never';
  const kind = KINDS[cursor.kind];
  return kind === 'each-scan' && sweepEvery !== undefined ? 'full-pass' : kind;
}

/** What a scan without the cursor shows: all rows, or only those below parents, or those of some days. */
const KINDS = {
  full: 'each-scan',
  'newest-first': 'full-pass',
  walking: 'full-pass',
  'newest-changed-first': 'full-pass',
  'changed-since': 'full-pass',
  'changed-parents': 'never',
  missing: 'never',
  windowed: 'never',
} as const satisfies Readonly<Record<CursorSpec['kind'], SweepKind>>;

/** Its list is neither the scope itself nor made of values that somebody has chosen. */
function isReadForItself({ discovers, bind }: ResourceSpec): boolean {
  const isChosen = Object.values(bind).some(({ from }) => from === 'setting' || from === 'known');
  return discovers === undefined && !isChosen;
}

function hasKeyedRows(resource: ResourceSpec): boolean {
  const isKeyed = resource.primaryKey.length > 0 && writeMethod(resource) === 'upsert';
  return isKeyed && resource.on === 'schedule' && !keepsWholeScan(resource);
}

/**
 * The columns that are null in the rows of a resource and not in those that others of its table bring; undefined where
 * nothing tells them apart.
 */
export function foreignScopes(
  resource: ResourceSpec,
  all: Iterable<ResourceSpec>,
): readonly string[] | undefined {
  const own = scopeParameter(resource);
  const scopes = new Set<string>();
  for (const other of all) {
    if (other.splits.some(({ table }) => table === resource.table)) return undefined;
    if (other.id === resource.id || other.table !== resource.table || other.on === 'demand')
      continue;
    const scope = scopeParameter(other);
    if (scope === undefined || scope === own) return undefined;
    scopes.add(scope);
  }
  return [...scopes];
}
