import { LoaderError } from '../model/errors.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ChainRules } from '../model/rows.ts';
import { contentId, keyId, timeId } from './rowId.ts';
import type { TableEncoder } from './tableEncoder.ts';

/** What the id of a root row may be made of. */
export interface RootRow {
  readonly record: JsonObject;
  readonly encoder: TableEncoder;
  readonly loadId: string;
  /** Gives the row its number in the load; called only for ids from the time. */
  readonly nextNumber: () => number;
}

/** What the ids of a root table are made of. */
export interface Identity {
  readonly table: string;
  readonly identity: 'key' | 'time' | 'content';
  readonly rules: Pick<ChainRules, 'primaryKey'>;
}

/** The `_dlt_id` of the root row whose slots are filled. Throws E_VALUE when its key is incomplete. */
export function rootId(
  { identity, table, rules }: Identity,
  { record, encoder, loadId, nextNumber }: RootRow,
): string {
  if (identity === 'content') return contentId(record);
  if (identity === 'time') return timeId(loadId, nextNumber());
  const key: Record<string, JsonValue> = {};
  for (const column of rules.primaryKey) {
    const value = encoder.valueAt(encoder.indexOf(column));
    if (value === undefined) throw missingKey(table, column);
    key[column] = value;
  }
  return keyId(key);
}

function missingKey(table: string, column: string): LoaderError {
  return new LoaderError(
    'E_VALUE',
    `A record for table '${table}' has no value for '${column}', which is part of its key.`,
    { details: { table, column } },
  );
}
