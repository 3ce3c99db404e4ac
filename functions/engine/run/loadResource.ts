import type { LimitFunction } from 'p-limit';

import type { ResourceSpec } from '../model/resource.ts';
import { openNormalizer } from '../normalize/normalizer.ts';
import { nextLoadId } from '../state/commits.ts';
import { commitPackage } from './commit.ts';
import type { RunContext } from './context.ts';
import { loadDue, type ResourceOutcome } from './loadDue.ts';
import { finished } from './loadPartition.ts';
import { noticeTeller } from './noticeTeller.ts';
import { openPackager, type Packager } from './packager.ts';
import { requiredColumns } from './tableKeys.ts';

/** Loads the due partitions of one resource, `slots` of all resources at a time. */
export async function loadResource(
  context: RunContext,
  resource: ResourceSpec,
  slots: LimitFunction,
): Promise<ResourceOutcome> {
  const { report, tally } = context;
  report({ event: 'resource-started', resource: resource.id });
  const packager = packagerOf(context, resource);
  const outcome = await loadDue(context, resource, { packager, slots });
  report({ event: 'resource-finished', resource: resource.id, ...tally.of(resource) });
  return outcome;
}

function packagerOf(context: RunContext, resource: ResourceSpec): Packager {
  const { settings, catalog, schemas, database, runId, claims, random, report, now, secretKey } =
    context;
  const { dataset, leaseSeconds, maxTableNesting, schemaContract } = settings;
  const normalizer = openNormalizer(
    {
      resource,
      nesting: maxTableNesting === 'none' ? undefined : maxTableNesting,
      secretKey,
      contract: schemaContract,
      requiredColumns: requiredColumns(
        Object.values(catalog).flatMap(({ resources }) => Object.values(resources)),
      ),
    },
    schemas.current(),
  );
  const commitContext = { database, dataset, schemas, leaseSeconds, random };
  return openPackager({
    runId,
    resource,
    normalizer,
    now,
    nextLoadId: () => nextLoadId(claims.database, dataset),
    commit: (loadPackage, load) => commitPackage(commitContext, loadPackage, load),
    evolve: async (update, load) => {
      const changes = await schemas.apply(update, { resource, load });
      for (const change of changes) report({ event: 'schema-changed', ...change });
      return schemas.current();
    },
    noticed: noticeTeller(context, resource),
    committed: ({ loadId, rows, unchanged }, { milliseconds, ended }) => {
      context.budget.packageTook(milliseconds);
      report({
        event: 'package-committed',
        resource: resource.id,
        loadId,
        rows,
        unchanged,
        milliseconds,
      });
      for (const task of ended) report(finished(task));
    },
  });
}
