import { type ResourceSpec, scopeOf } from '../model/resource.ts';

/** A number that is not known yet: what is most likely, null where nothing tells, and what it is at least. */
export interface Amount {
  readonly expected: number | null;
  readonly atLeast: number;
}

/** What one request for a list or an object showed. */
export interface Sample {
  readonly rows: number;
  /** False when the list goes on and GitLab does not say how far. */
  readonly isAll: boolean;
  /** Bytes of one row; undefined without rows. */
  readonly bytesPerRow: number | undefined;
}

/** Partitions that earlier runs know, and what the last finished scans of those which are due have read. */
export interface History {
  /** All that are known, whether due or not. */
  readonly known: number;
  readonly due: number;
  readonly held: number;
  readonly waiting: number;
  readonly halted: number;
  /** Due partitions that were never read to their end. */
  readonly unread: number;
  /** Rows of the last scans, and the pages that they fill; at least one for each partition. */
  readonly rows: number;
  readonly pages: number;
}

/** Everything that is known of a resource before it is read. */
export interface ResourceFacts {
  readonly history: History | undefined;
  /** Projects or groups that no run has seen yet; all of them before the first run. */
  readonly newPartitions: number;
  readonly samples: readonly Sample[];
  /** Requests that a partition takes for listed values and settings. */
  readonly constants: number;
  /** Stored values that are asked for in all partitions; null where nobody can tell, undefined where none are. */
  readonly targets: number | null | undefined;
  /** Bytes of a stored row. */
  readonly storedBytesPerRow: number | undefined;
}

/** What reading a resource would take. */
export interface ResourceEstimate {
  readonly resource: string;
  readonly partitions: number;
  readonly held: number;
  readonly waiting: number;
  readonly halted: number;
  readonly rows: Amount;
  readonly requests: Amount;
  readonly bytes: number | null;
  /** A list went on further than one request shows, so that rows, requests and bytes are at least these. */
  readonly goesOn: boolean;
  /** Where the numbers come from. */
  readonly basis: 'last scan' | 'sample' | 'nothing';
}

const PAGE = 100;

/** Estimates one resource from what is known of it. */
export function estimateResource(resource: ResourceSpec, facts: ResourceFacts): ResourceEstimate {
  const { held, waiting, halted, due } = facts.history ?? UNKNOWN;
  const partitions = due + facts.newPartitions;
  const volume = partitions === 0 ? NOTHING : volumeOf(resource, facts, partitions);
  return {
    resource: resource.id,
    ...{ partitions, held, waiting, halted, ...volume },
    bytes: bytesFor(volume.rows.expected, facts),
    goesOn: facts.samples.some(({ isAll }) => !isAll),
    basis: basisOf(facts),
  };
}

interface Volume {
  readonly rows: Amount;
  readonly requests: Amount;
}

const UNKNOWN: History = {
  ...{ known: 0, due: 0, held: 0, waiting: 0, halted: 0, unread: 0, rows: 0, pages: 0 },
};

const NOTHING: Volume = {
  rows: { expected: 0, atLeast: 0 },
  requests: { expected: 0, atLeast: 0 },
};

function volumeOf(resource: ResourceSpec, facts: ResourceFacts, partitions: number): Volume {
  if (facts.targets !== undefined) return volumeOfTargets(resource, facts, facts.targets);
  const { due, unread } = facts.history ?? UNKNOWN;
  const first = firstVolume(facts, partitions - (due - unread));
  const again = isIncremental(resource) ? againIncrementally(facts) : againWhole(facts);
  return {
    rows: { expected: first.rows === null ? null : again.rows + first.rows, atLeast: 0 },
    requests: {
      expected: again.requests + first.requests,
      atLeast: partitions * facts.constants,
    },
  };
}

function isIncremental({ cursor }: ResourceSpec): boolean {
  return cursor.kind !== 'full' && cursor.kind !== 'missing';
}

/** Partitions that were never read are like those that were, or like the samples. */
function firstVolume(facts: ResourceFacts, partitions: number) {
  if (partitions === 0) return { rows: 0, requests: 0 };
  const one = volumeOfOne(facts);
  return one === undefined
    ? { rows: null, requests: partitions * facts.constants }
    : { rows: Math.round(partitions * one.rows), requests: Math.round(partitions * one.requests) };
}

/** One request for each stored value; how many rows that brings is known where it is one each, or from the last scan. */
function volumeOfTargets(
  { cursor }: ResourceSpec,
  { history, constants }: ResourceFacts,
  targets: number | null,
): Volume {
  const requests = targets === null ? null : targets * constants;
  const isRead = history !== undefined && history.unread < history.due;
  const isNone = requests === 0 || cursor.kind === 'missing';
  const rows = isRead ? history.rows : null;
  return {
    rows: { expected: isNone ? requests : rows, atLeast: 0 },
    requests: { expected: requests, atLeast: 0 },
  };
}

/** A partition that is read again without a cursor shows what it showed last time. */
function againWhole({ history = UNKNOWN, constants }: ResourceFacts) {
  const read = history.due - history.unread;
  return { rows: history.rows, requests: Math.max(history.pages, read * constants) };
}

/** What is new is on the first page in most partitions; a second request lists what had not finished. */
function againIncrementally({ history = UNKNOWN }: ResourceFacts) {
  const read = history.due - history.unread;
  return { rows: Math.min(history.rows, read * PAGE), requests: read * 2 };
}

/** What a partition holds on average, by samples or else by the partitions that were read. */
function volumeOfOne({ samples, history = UNKNOWN, constants }: ResourceFacts) {
  const rows = mean(samples.map((sample) => sample.rows));
  const pages = mean(samples.map((sample) => pagesOf(sample.rows)));
  if (rows !== undefined && pages !== undefined)
    return { rows: rows * constants, requests: pages * constants };
  const read = history.due - history.unread;
  if (read === 0) return undefined;
  return { rows: history.rows / read, requests: Math.max(history.pages / read, constants) };
}

function pagesOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / PAGE));
}

function bytesFor(rows: number | null, { storedBytesPerRow, samples }: ResourceFacts) {
  const sampled = samples.flatMap(({ bytesPerRow }) => bytesPerRow ?? []);
  const perRow = storedBytesPerRow ?? mean(sampled);
  if (rows === null || rows === 0) return rows;
  return perRow === undefined ? null : Math.round(rows * perRow);
}

function basisOf({ history, samples }: ResourceFacts): ResourceEstimate['basis'] {
  if (history !== undefined && history.due > history.unread) return 'last scan';
  return samples.length > 0 ? 'sample' : 'nothing';
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Requests that a partition takes for every combination of listed values and of a setting's pairs. */
export function constantsOf(
  { bind }: ResourceSpec,
  { dictionaryTables }: { readonly dictionaryTables: readonly unknown[] },
): number {
  const bindings = Object.values(bind);
  const pairs = bindings.some(({ from }) => from === 'setting') ? dictionaryTables.length : 1;
  return bindings.reduce(
    (product, binding) => (binding.from === 'values' ? product * binding.values.length : product),
    pairs,
  );
}

/** True when a partition takes one request for each of many stored values. */
export function hasStoredTargets({ bind }: ResourceSpec): boolean {
  return Object.values(bind).some(({ from }) => from === 'parent' || from === 'known');
}

/** Partitions of a resource where nothing has been loaded. */
export function firstPartitions(
  resource: ResourceSpec,
  members: Readonly<Record<'project' | 'group', number>>,
): number {
  const scope = scopeOf(resource);
  return scope === 'instance' ? 1 : members[scope];
}
