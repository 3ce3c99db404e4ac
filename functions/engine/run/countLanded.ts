import { countRowsOf, type OwnRows } from '../load/partitionRows.ts';
import { countedScopes, isCounted } from '../model/completeness.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { noteCounts, readUncounted } from '../state/completeness.ts';
import type { RunContext } from './context.ts';

/** How the rows of a resource are told from others in its table; undefined where nothing tells them, or none are counted. */
export function ownRows(
  { schemas, settings, resources }: Pick<RunContext, 'schemas' | 'settings' | 'resources'>,
  resource: ResourceSpec,
): OwnRows | undefined {
  const nullColumns = isCounted(resource) ? countedScopes(resource, resources.values()) : undefined;
  const { dataset } = settings;
  return nullColumns && { dataset, schema: schemas.current(), resource, nullColumns };
}

/** Counts the stored rows of the partitions that were read whole, with one query for all of them. */
export async function countLanded(context: RunContext, resource: ResourceSpec): Promise<void> {
  if (context.tally.of(resource).partitions === 0 || !context.budget.allowsMore()) return;
  const rows = ownRows(context, resource);
  if (rows === undefined) return;
  const { claims, database } = context;
  const partitions = await readUncounted(claims, resource);
  if (partitions.length === 0) return;
  try {
    const counted = await countRowsOf(database, rows, partitions);
    await noteCounts(
      claims,
      resource,
      partitions.map((partition) => ({ partition, landed: counted.get(partition) ?? 0 })),
    );
  } catch (error) {
    // What takes the database too long is counted by a later run.
    if (!(error instanceof LoaderError && error.code === 'E_DATABASE')) throw error;
  }
}
