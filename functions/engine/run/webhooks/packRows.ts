import type { LoadId } from '../../model/ids.ts';
import type { LoadPackage } from '../../model/package.ts';
import type { Page } from '../../model/page.ts';
import type { QuarantinedRecord } from '../../model/quarantine.ts';
import type { ResourceSpec } from '../../model/resource.ts';
import type { LoadJob, TableChain } from '../../model/rows.ts';
import type { AddedPage } from '../../normalize/addedPage.ts';
import { type Normalizer, openNormalizer } from '../../normalize/normalizer.ts';
import { normalizerOptions } from '../resourcePackager.ts';
import type { ConsumerContext } from './consumerContext.ts';
import type { FetchedRow } from './fetchRows.ts';

/** The rows of an event as tuples of their tables. */
export interface PackedRows extends Pick<LoadPackage, 'runId' | 'resource' | 'chains' | 'jobs'> {
  /** Records that cannot be stored, by resource. */
  readonly bad: ReadonlyMap<ResourceSpec, readonly QuarantinedRecord[]>;
  /** What was made of the pages, by resource. */
  readonly added: ReadonlyMap<ResourceSpec, AddedPage>;
  /** Ids of the rows that can, by resource. */
  readonly ids: ReadonlyMap<ResourceSpec, readonly string[]>;
}

/** A page's rows, or undefined where their tables would repeat those of a page before. */
interface PackedPage {
  readonly chains: readonly TableChain[];
  readonly jobs: readonly LoadJob[];
  readonly ids: readonly string[];
  readonly bad: readonly QuarantinedRecord[];
  readonly added: AddedPage;
}

/** Turns what was fetched into rows of a load, and adds to the schema what they need. */
export async function packRows(
  context: ConsumerContext,
  resource: ResourceSpec,
  { fetched, load }: { readonly fetched: readonly FetchedRow[]; readonly load: LoadId },
): Promise<PackedRows> {
  const chains: TableChain[] = [];
  const jobs: LoadJob[] = [];
  const bad = new Map<ResourceSpec, readonly QuarantinedRecord[]>();
  const ids = new Map<ResourceSpec, readonly string[]>();
  const added = new Map<ResourceSpec, AddedPage>();
  for (const row of fetched) {
    if (typeof row.answer === 'string') continue;
    const packed = await packPage(context, { row, page: row.answer, load });
    const known = new Set(jobs.map(({ table }) => table));
    // Two rows of one event are of different resources; what both would bring, the first one does.
    jobs.push(...packed.jobs.filter(({ table }) => !known.has(table)));
    chains.push(...packed.chains.filter(({ root }) => !chains.some((one) => one.root === root)));
    if (packed.bad.length > 0) bad.set(row.spec, packed.bad);
    ids.set(row.spec, packed.ids);
    added.set(row.spec, packed.added);
  }
  return { runId: context.runId, resource, chains, jobs, bad, ids, added };
}

async function packPage(
  context: ConsumerContext,
  { row, page, load }: { readonly row: FetchedRow; readonly page: Page; readonly load: LoadId },
): Promise<PackedPage> {
  const { schemas, report } = context;
  const { spec: resource, partition } = row;
  const normalizer: Normalizer = openNormalizer(
    normalizerOptions(context, resource),
    schemas.current(),
  );
  for (;;) {
    const added = normalizer.add(page, load);
    if (added.outcome === 'added') {
      const from = { partition, request: page.request };
      const bad = (added.bad ?? []).map((record) => ({ ...record, ...from }));
      const ids = normalizer.pageIds();
      return { ...normalizer.take(), ids, bad, added };
    }
    if (added.outcome === 'duplicate') throw new Error(`'${row.path}' shows a row twice`);
    const changes = await schemas.apply(added.update, { resource, load });
    for (const change of changes) report({ event: 'schema-changed', ...change });
    normalizer.rebuild(schemas.current());
  }
}
