import type { PartitionKey } from './ids.ts';

/** Why a record cannot be stored. `refused`: by the database. `defect`: the loader cannot take it apart. */
export type BadRecordReason =
  | 'key-missing'
  | 'value-unfit'
  | 'too-deep'
  | 'too-large'
  | 'too-many-tables'
  | 'refused'
  | 'defect';

/** A record of a page that cannot be stored, as the quarantine keeps it. */
export interface BadRecord {
  /** Its place among the records of the page, from 0. */
  readonly index: number;
  readonly reason: BadRecordReason;
  /** One sentence. */
  readonly explanation: string;
  /** JSON with `***` for secret fields; of a long record the beginning. */
  readonly raw: string;
  /** Of the whole JSON, secrets hidden: equal for records that differ in nothing else. */
  readonly rawSha256: string;
  readonly rawCharacters: number;
  /** The `_dlt_id` of the row that it would be; undefined where it has no key. */
  readonly rowId: string | undefined;
}

/** A bad record and the page that showed it. */
export interface QuarantinedRecord extends BadRecord {
  readonly partition: PartitionKey;
  readonly request: string;
}

/**
 * Above these it is no longer single records that are bad, but what reads them: the partition fails. `ofPage` is the
 * share of a page, where more than `fewOfPage` are bad; `ofScan` counts in one invocation; `refused` in one package.
 */
export const QUARANTINE_LIMITS = {
  ofPage: 0.5,
  fewOfPage: 10,
  ofScan: 1_000,
  refused: 100,
} as const;
