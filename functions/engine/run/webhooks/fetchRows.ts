import { asListed } from '../../extract/asListed.ts';
import { isVisible } from '../../extract/confirm.ts';
import { objectPath, readObject } from '../../extract/readObject.ts';
import { type PartitionKey, partitionKey } from '../../model/ids.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Page, SelectRecords } from '../../model/page.ts';
import type { Target } from '../../model/position.ts';
import { type ResourceSpec, scopeOf, scopeParameter } from '../../model/resource.ts';
import { type RowValues, singlePath } from '../../model/singlePath.ts';
import type { EventWork, NamedRow } from '../../model/webhookEvent.ts';
import type { ConsumerContext } from './consumerContext.ts';

/** A row with the place where GitLab shows it. */
export interface FoundRow extends NamedRow {
  readonly spec: ResourceSpec;
  readonly partition: PartitionKey;
  readonly values: RowValues;
  readonly path: string;
}

/** What GitLab answered: a page of the row; `gone` when it is confirmed that it was deleted; `hidden` when that is not known. */
export interface FetchedRow extends FoundRow {
  readonly answer: Page | 'gone' | 'hidden';
}

/** The partition of a resource that an event is about. */
export function partitionOf(resource: ResourceSpec, work: EventWork): PartitionKey {
  return partitionKey(scopeOf(resource) === 'instance' ? '' : work.partition);
}

/** Finds where GitLab shows a row; undefined where it has no such place. */
export function locate(
  { resources }: Pick<ConsumerContext, 'resources'>,
  work: EventWork,
  named: NamedRow,
): FoundRow | undefined {
  const spec = resources.get(named.resource);
  if (spec === undefined) return undefined;
  const partition = partitionOf(spec, work);
  const scope = scopeParameter(spec);
  const values = { ...named.row, ...(scope === undefined ? {} : { [scope]: Number(partition) }) };
  const path =
    spec.single === undefined ? objectPath(spec, targetOf(values)) : singlePath(spec, values);
  return path === undefined ? undefined : { ...named, spec, partition, values, path };
}

/** Asks GitLab for a row. One that is expected to be gone is, when its project or group is still there. */
export async function fetchRow(context: ConsumerContext, found: FoundRow): Promise<FetchedRow> {
  const { client, isAdmin, budget } = context;
  const { spec, partition, path, values, expected } = found;
  const { signal } = budget;
  const select: SelectRecords = (body) => (isJsonObject(body) ? [asListed(spec, body)] : []);
  const target = targetOf(values);
  const answer = await readObject(client, {
    ...{ resource: spec, path, target, select, isAdmin, signal },
  });
  if (answer === 'refused') return { ...found, answer: 'hidden' };
  if (answer !== 'absent') return { ...found, answer };
  if (expected !== 'gone' || context.settings.deletes === 'keep')
    return { ...found, answer: 'hidden' };
  const visible = await isVisible(client, { scope: scopeOf(spec), partition }, signal);
  return { ...found, answer: visible ? 'gone' : 'hidden' };
}

function targetOf(values: RowValues): Target {
  const present = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    return [[name, typeof value === 'bigint' ? Number(value) : value] as const];
  });
  return Object.fromEntries(present);
}
