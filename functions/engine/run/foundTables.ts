import { ensureIndex, ensureIndexes } from '../load/ddl.ts';
import { countSuperseded, measureKey } from '../load/superseded.ts';
import { childTables } from '../model/childTables.ts';
import type { DatasetNames } from '../model/names.ts';
import type { FoundTable } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import type { Session } from '../sql/session.ts';
import type { Sql } from '../sql/sql.ts';
import { nextLoadId } from '../state/commits.ts';
import type { FoundDataset, TakeoverOptions } from './foundDataset.ts';
import { changeSchema } from './schemas.ts';
import { rowKeyOf, tableKeys } from './tableKeys.ts';

/** A table of a dataset, and which of its rows `t` others have written. */
export interface Looking extends Pick<FoundDataset, 'live'> {
  readonly table: string;
  readonly foreign: Sql;
}

/** Looks at the rows that others have written in a table; changes nothing. */
export async function lookAtTable(
  session: Pick<Session, 'query'>,
  { dataset, resources }: Pick<TakeoverOptions, 'dataset' | 'resources'>,
  { live, table, foreign }: Looking,
): Promise<FoundTable> {
  const target = qualified(dataset, table);
  const facts = { nullColumns: [], partsIdentify: false };
  const { common, owners } = rowKeyOf(resources, live, { table, facts });
  const columns = [...common, ...owners];
  const present = await measureKey(session, target, { columns, foreign });
  const all = tableKeys(resources).flatMap((key) => (key.table === table ? key.primaryKey : []));
  const absent = all.filter((name) => !columns.includes(name));
  const measured = { ...present, nullColumns: [...new Set([...present.nullColumns, ...absent])] };
  const key = rowKeyOf(resources, live, { table, facts: measured });
  return {
    table,
    ...(await countSuperseded(session, target, { key, foreign })),
    facts: measured,
  };
}

/**
 * Prepares a table that others have written in: children get the id of their root, keys get an index that is unique
 * where no key repeats.
 */
export async function prepareTable(
  session: Session,
  options: TakeoverOptions & { readonly names: DatasetNames },
  { live, found }: { readonly live: FoundDataset['live']; readonly found: FoundTable },
): Promise<void> {
  const { dataset, resources } = options;
  const { table, facts, superseded } = found;
  await linkToRoots(session, options, { live, table });
  const repeating = new Set(superseded > 0 ? [table] : []);
  const hints = tableKeys(resources).filter((hint) => hint.table === table);
  await ensureIndexes(session, dataset, { live, hints, repeating });
  const key = rowKeyOf(resources, live, { table, facts });
  const columns = (key.common.length > 0 ? key.common : key.owners).filter(
    (name) => !facts.nullColumns.includes(name),
  );
  if (columns.length > 0 && (superseded > 0 || key.form === 'part'))
    await ensureIndex(session, dataset, { table, columns });
}

/** Gives the tables below a merged table the column that names their root, and what finds their rows quickly. */
async function linkToRoots(
  session: Session,
  options: TakeoverOptions & { readonly names: DatasetNames },
  { live, table }: Pick<Looking, 'live' | 'table'>,
): Promise<void> {
  const { dataset, resources } = options;
  const children = childTables(live, table);
  const resource = resources.find((spec) => spec.table === table);
  const merged = resource?.writeDisposition === 'merge' && resource.mergeStrategy !== 'scd2';
  const lacking = children.filter(
    (child) => live.get(child.table)?.columns.has('_dlt_root_id') !== true,
  );
  if (merged && lacking.length > 0) {
    const columns = [{ name: '_dlt_root_id', type: 'text', nullable: true }] as const;
    const tables = lacking.map((child) => ({ name: child.table, parent: child.parent, columns }));
    const origin = { resource, load: await nextLoadId(session, dataset) };
    await changeSchema(session, options, { update: { tables }, origin });
  }
  for (const child of children) {
    const links = merged ? ['_dlt_root_id', '_dlt_parent_id'] : ['_dlt_parent_id'];
    for (const link of links)
      await ensureIndex(session, dataset, { table: child.table, columns: [link] });
  }
}
