import type { PartitionKey } from '../model/ids.ts';
import type { JsonValue } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { type RowValues, singleColumns } from '../model/singlePath.ts';
import type { GitlabClient } from './client.ts';
import { partitionTarget } from './countList.ts';
import { readInstant } from './instants.ts';
import { readList } from './pagination/list.ts';
import { smallerPage } from './pagination/pageSize.ts';
import { restRecords } from './records.ts';
import { keptColumns, pathFor, queryFor } from './targets.ts';

/** A row that GitLab lists, without what is not needed to find it again. */
export interface ListedRow {
  /** The values of its key, by their columns. */
  readonly key: Readonly<Record<string, JsonValue>>;
  /** What its single path is made of. */
  readonly single: RowValues;
  /** When it last changed, or else was made, as far as it says. */
  readonly at: number | undefined;
  /** What the list is walked along, where it is. */
  readonly mark: number | undefined;
}

/** Which list is read, and how. */
export interface KeyList {
  readonly partition: PartitionKey;
  readonly isAdmin: boolean;
  readonly signal: AbortSignal;
}

/** Reads the keys of all rows that a partition's list shows now; records without a key are left out. */
export async function listKeys(
  client: GitlabClient,
  resource: ResourceSpec,
  { partition, isAdmin, signal }: KeyList,
): Promise<readonly ListedRow[]> {
  const target = partitionTarget(resource, partition);
  const bound = { ...target, ...keptColumns(resource, target) };
  const rows: ListedRow[] = [];
  const pages = readList({
    resource,
    path: pathFor(resource, target),
    query: queryFor(resource, target, isAdmin),
    select: restRecords(undefined),
    get: (request) => client.get(request, { signal, smaller: smallerPage }),
    onAbsent: () => undefined,
  });
  for await (const { records } of pages) {
    for (const record of records) rows.push(...rowOf(resource, { ...bound, ...record }));
  }
  return rows;
}

function rowOf(
  resource: ResourceSpec,
  record: Readonly<Record<string, JsonValue>>,
): readonly ListedRow[] {
  const { primaryKey, cursor } = resource;
  const key = Object.fromEntries(primaryKey.map((name) => [name, record[name] ?? null]));
  if (Object.values(key).includes(null)) return [];
  const mark = cursor.kind === 'walking' ? readInstant(record[cursor.field]) : undefined;
  const at = readInstant(record['updated_at']) ?? readInstant(record['created_at']);
  const named = singleColumns(resource).map((name) => [name, record[name]] as const);
  const single = named.filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return [{ key, single: Object.fromEntries(single) as RowValues, at, mark }];
}
