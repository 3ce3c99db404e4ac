import { restRecords } from '../../functions/engine/extract/records.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { Position, ScanToken } from '../../functions/engine/model/position.ts';
import { EVOLVE } from '../../functions/engine/model/schema.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { openLoader } from '../../scripts/parity/loader.ts';
import { specOf } from '../../scripts/parity/replay.ts';

/** The bodies of the pages of several scans, one after the other. */
export type Scans = readonly (readonly string[])[];

/** What is loaded, and how. */
export interface DocumentLoad {
  readonly dataset: string;
  readonly scans: Scans;
  /** Whether pages share packages. */
  readonly packages: 'filled' | 'one-page';
}

const select = restRecords(undefined);
/** The resource whose rows the documents are. */
export const DOCUMENTS = specOf('items', {
  hints: { writeDisposition: 'merge', primaryKey: ['id'], ids: 'random' },
});

/**
 * Loads what is left of the scans through the stages of a run into the table `items`. The cursor counts the scans that
 * ended, the token names the next page, so this may be called again wherever it stopped.
 */
export async function loadDocuments(
  database: Database,
  { dataset, scans, packages }: DocumentLoad,
): Promise<void> {
  const loader = await openLoader(database, { dataset, resources: [DOCUMENTS] });
  const common = { resource: DOCUMENTS, partition: '', nesting: 2, contract: EVOLVE, packages };
  let ended: number;
  do {
    ended = scans.length;
    await loader.load({
      ...common,
      pages: ({ cursor, token }) => {
        const scan = Number(cursor ?? 0);
        ended = scan + 1;
        return pagesOf(scans[scan] ?? [], scan).slice(firstPage(token));
      },
    });
  } while (ended < scans.length);
}

function firstPage(token: ScanToken | undefined): number {
  return (token?.page ?? 1) - 1;
}

function pagesOf(bodies: readonly string[], scan: number): readonly Page[] {
  return bodies.map((body, index) => ({
    request: '/items',
    text: body,
    records: select(JSON.parse(body)),
    select,
    columns: {},
    position: positionAfter(index, bodies.length, scan),
  }));
}

function positionAfter(index: number, pages: number, scan: number): Position {
  return index === pages - 1
    ? { at: 'end', cursor: String(scan + 1) }
    : { at: 'page', token: { page: index + 2 } };
}
