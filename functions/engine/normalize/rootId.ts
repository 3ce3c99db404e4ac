import type { JsonObject } from '../model/json.ts';
import type { ChainRules } from '../model/rows.ts';
import type { Reading } from './encode.ts';
import { contentId, timeId } from './rowId.ts';
import { keyOf, requireValues, type RowKey } from './rowKey.ts';
import type { TableEncoder } from './tableEncoder.ts';

/** What the id of a root row may be made of. */
export interface RootRow {
  readonly record: JsonObject;
  readonly encoder: TableEncoder;
  readonly loadId: string;
  readonly reading: Reading;
  /** Gives the row its number in the load; called only for ids from the time. */
  readonly nextNumber: () => number;
}

/** What the ids of a root table are made of. */
export interface Identity {
  readonly table: string;
  readonly identity: 'key' | 'time' | 'content';
  readonly rules: Pick<ChainRules, 'primaryKey' | 'mergeKey'>;
}

/** The id of the root row whose slots are filled. Throws E_VALUE when its key is incomplete. */
export function rootId(
  { identity, table, rules }: Identity,
  { record, encoder, loadId, reading, nextNumber }: RootRow,
): RowKey {
  requireValues(encoder, rules.mergeKey, table);
  if (identity === 'content') return { id: contentId(record), isLoose: false };
  if (identity === 'time') return { id: timeId(loadId, nextNumber()), isLoose: false };
  return keyOf(encoder, rules.primaryKey, { table, reading });
}
