import { restRecords } from '../../functions/engine/extract/records.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { EVOLVE, type SchemaContract } from '../../functions/engine/model/schema.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { openLoader } from '../../scripts/parity/loader.ts';
import { specOf } from '../../scripts/parity/replay.ts';

/** A table `items` in a dataset of its own. */
export interface RecordTable {
  readonly dataset: string;
  /** Loads bodies as the pages of one scan. */
  load(pages: readonly string[], partition?: string): Promise<void>;
  /** The rows as PostgreSQL gives them as JSON, in the order of their text. */
  rows(table?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const select = restRecords(undefined);
let datasets = 0;

/** Opens a new dataset whose resource is merged without a key, unless `spec` says otherwise. */
export async function openRecordTable(
  database: Database,
  spec: Partial<ResourceSpec>,
  contract: SchemaContract = EVOLVE,
): Promise<RecordTable> {
  datasets += 1;
  const dataset = `items_${datasets.toString()}`;
  const hints = { writeDisposition: 'merge', primaryKey: [], ids: 'random' } as const;
  const resource: ResourceSpec = { ...specOf('items', { hints }), ...spec };
  const loader = await openLoader(database, { dataset, resources: [resource] });
  return {
    dataset,
    load: (bodies, partition = '') => {
      const pages = bodies.map((body, index) =>
        pageOf(body, { partition, isLast: index === bodies.length - 1 }),
      );
      return loader.load({ resource, partition, nesting: 2, contract, pages });
    },
    rows: async (table = 'items') => {
      const found = await database.query<{ row: Readonly<Record<string, unknown>> }>(
        sql`select to_jsonb(t) as row from ${qualified(dataset, table)} t order by t::text`,
      );
      return found.rows.map(({ row }) => row);
    },
  };
}

function pageOf(
  body: string,
  { partition, isLast }: { readonly partition: string; readonly isLast: boolean },
): Page {
  return {
    request: '/items',
    text: body,
    records: select(JSON.parse(body)),
    select,
    columns: partition === '' ? {} : { project_id: Number(partition) },
    position: isLast ? { at: 'end', cursor: undefined } : { at: 'page', token: { page: 2 } },
  };
}
