import type { LoadPackage } from '../model/package.ts';
import type { TableChain } from '../model/rows.ts';
import type { AdoptionRules } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import { sql } from '../sql/sql.ts';
import { eventRows } from './eventRows.ts';
import { tombstones } from './tombstones.ts';

/** `fresh`: no key of the package is stored, rows go straight into the tables. `guarded`: by way of a stage. */
export type LoadPath = 'fresh' | 'guarded';

/** How rows of others are known, by the root tables that have some. */
export type Adoptions = ReadonlyMap<string, AdoptionRules>;

/** Looks whether any row of the package is stored already, was deleted, or is known to events, where its method asks for that. */
export async function choosePath(
  session: Session,
  dataset: string,
  { chains }: LoadPackage,
  adoptions: Adoptions,
): Promise<LoadPath> {
  for (const chain of chains) {
    const path = pathOf(chain, adoptions);
    if (path === 'guarded') return 'guarded';
    if (path === undefined && (await isKnown(session, dataset, chain))) return 'guarded';
  }
  return 'fresh';
}

/** Whether any root row of the chain is stored, was deleted or is known to events. */
async function isKnown(
  session: Session,
  dataset: string,
  { root, rowIds }: TableChain,
): Promise<boolean> {
  if (rowIds.length === 0) return false;
  const { rows } = await session.query(
    sql`select where exists (select from ${qualified(dataset, root)} where _dlt_id = any ($1::text[]))
          or exists (select from ${tombstones(dataset)} where table_name = $2::text and row_id = any ($1::text[]))
          or exists (select from ${eventRows(dataset)} where table_name = $2::text and row_id = any ($1::text[]))`,
    [rowIds, root],
  );
  return rows.length > 0;
}

/** The only path of a method; undefined where the stored keys decide. */
function pathOf(
  { root, method, hardDelete, hasLooseKeys }: TableChain,
  adoptions: Adoptions,
): LoadPath | undefined {
  const needsGuard = [hardDelete !== undefined, hasLooseKeys, adoptions.has(root)].includes(true);
  switch (method) {
    case 'merge-key':
    case 'scd2':
      return 'guarded';
    case 'append':
    case 'replace':
    case 'skip':
      return 'fresh';
    case 'upsert':
    case 'insert-only':
      return needsGuard ? 'guarded' : undefined;
  }
}
