import type { ResourceSpec } from '../model/resource.ts';
import type { NormalizerOptions } from '../normalize/addedPage.ts';
import { openNormalizer } from '../normalize/normalizer.ts';
import { nextLoadId } from '../state/commits.ts';
import { readOpenRecords } from '../state/quarantine.ts';
import { rememberRefused } from '../state/refusedRecords.ts';
import { type CommitContext, commitPackage } from './commit.ts';
import type { RunContext } from './context.ts';
import { finished } from './loadPartition.ts';
import type { NoticeTeller } from './noticeTeller.ts';
import { openPackager, type Packager, type PackagerPorts } from './packager.ts';
import type { QuarantineTeller } from './quarantineTeller.ts';
import { salvage } from './salvage.ts';
import { requiredColumns } from './tableKeys.ts';
import { tryRows } from './tryRows.ts';

/** Opens the packager of one resource with the database, the schema and the report of its run. */
export async function resourcePackager(
  context: RunContext,
  resource: ResourceSpec,
  tellers: { readonly notices: NoticeTeller; readonly bad: QuarantineTeller },
): Promise<Packager> {
  const { settings, schemas, database, runId, claims, random, report, now, budget } = context;
  const { dataset, leaseSeconds } = settings;
  const options = normalizerOptions(context, resource);
  const { rowIds, refusedHashes } = await readOpenRecords(claims.database, dataset, resource);
  const commitContext = {
    ...{ database, dataset, schemas, leaseSeconds, random, budget },
    ...{ quarantinedIds: rowIds, refusedHashes },
  };
  return openPackager({
    runId,
    resource,
    now,
    normalizer: openNormalizer(options, schemas.current()),
    nextLoadId: (last) => nextLoadId(claims.database, dataset, last),
    ...committing(commitContext, options),
    evolve: async (update, load) => {
      const changes = await schemas.apply(update, { resource, load });
      for (const change of changes) report({ event: 'schema-changed', ...change });
      return schemas.current();
    },
    noticed: (added) => {
      tellers.notices.add(added);
    },
    committed: ({ quarantined, ...counts }, { ended, ...details }) => {
      budget.packageTook(details.milliseconds);
      tellers.bad.add(quarantined);
      const { id } = resource;
      const left = { quarantined: quarantined.length };
      report({ event: 'package-committed', resource: id, ...counts, ...left, ...details });
      for (const task of ended) report(finished(task));
    },
  });
}

/** How packages of a resource are committed, and made again where the database refuses their rows. */
export function committing(
  context: CommitContext,
  options: NormalizerOptions,
): Pick<PackagerPorts, 'commit' | 'salvage'> {
  return {
    commit: (loadPackage, load) => commitPackage(context, loadPackage, load),
    salvage: (refused) =>
      salvage(
        {
          normalizer: openNormalizer(options, context.schemas.current()),
          refusedHashes: context.refusedHashes,
          allowsMore: () => context.budget.allowsMore(),
          remember: (hashes) =>
            rememberRefused(context.database, context.dataset, {
              resource: options.resource,
              hashes,
            }),
          tryRows: (loadPackage, load) => tryRows(context, loadPackage, load),
        },
        refused,
      ),
  };
}

/** How the pages of a resource are normalized. */
export function normalizerOptions(
  { settings, catalog, secretKey }: Pick<RunContext, 'settings' | 'catalog' | 'secretKey'>,
  resource: ResourceSpec,
): NormalizerOptions {
  const { maxTableNesting, schemaContract } = settings;
  return {
    resource,
    nesting: maxTableNesting === 'none' ? undefined : maxTableNesting,
    secretKey,
    contract: schemaContract,
    requiredColumns: requiredColumns(
      Object.values(catalog).flatMap(({ resources }) => Object.values(resources)),
    ),
  };
}
