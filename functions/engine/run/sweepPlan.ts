import { belowDeleted } from '../load/belowDeleted.ts';
import { canSweep, type SweptRows } from '../load/sweep.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { foreignScopes, sweepKind } from '../model/sweep.ts';
import { isOwnRow, sweepIds } from '../state/sweeps.ts';
import type { RunContext } from './context.ts';

/** Hours between two scans of a partition that look for deleted rows, 0 for each scan; undefined where none does. */
export function sweepHours(
  { settings, resources, request }: Pick<RunContext, 'settings' | 'resources' | 'request'>,
  resource: ResourceSpec,
): number | undefined {
  const kind = sweepKind(resource);
  if (settings.deletes === 'keep' || kind === 'never') return undefined;
  if (foreignScopes(resource, resources.values()) === undefined) return undefined;
  if (kind === 'each-scan' || request.mode === 'full') return 0;
  const { sweepEvery } = resource;
  return typeof sweepEvery === 'number' ? sweepEvery : settings.fullPassHours;
}

/** Where the rows of a resource are that a sweep may delete; undefined where its tables cannot tell. */
export function sweptRows(
  {
    database,
    settings,
    schemas,
    resources,
  }: Pick<RunContext, 'database' | 'settings' | 'schemas' | 'resources'>,
  resource: ResourceSpec,
): SweptRows | undefined {
  const nullColumns = foreignScopes(resource, resources.values());
  const schema = schemas.current();
  if (nullColumns === undefined || !canSweep({ schema, resource })) return undefined;
  const { dataset } = settings;
  const isOwnIn = (table: string) => isOwnRow(dataset, table);
  const isOwn = isOwnIn(resource.table);
  const deletable = [...resources.values()].filter(
    (one) => one.on === 'schedule' && canSweep({ schema, resource: one }),
  );
  const known = { schema, resources: deletable, isOwn: isOwnIn };
  const below = belowDeleted(resource, known);
  return { database, dataset, schema, resource, nullColumns, ids: sweepIds(dataset), isOwn, below };
}
