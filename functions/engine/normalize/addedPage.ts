import type { BadRecord } from '../model/quarantine.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { ContractViolation, SchemaContract, SchemaUpdate } from '../model/schema.ts';
import type { BeyondDoubles } from './beyondDouble.ts';
import type { Collision } from './collisions.ts';
import type { Reading } from './encode.ts';
import type { OverflowedRows } from './overflow.ts';

/** What a resource is normalized with. */
export interface NormalizerOptions {
  readonly resource: ResourceSpec;
  /** Depth of child tables; undefined is without limit. */
  readonly nesting: number | undefined;
  /** Key of the hash that replaces secret fields; undefined keeps them as they are. */
  readonly secretKey: string | undefined;
  /** Key columns that never hold null, table by table. */
  readonly requiredColumns: ReadonlyMap<string, ReadonlySet<string>>;
  /** The setting SCHEMA_CONTRACT; everything may be added unless it is given. */
  readonly contract?: SchemaContract;
}

/** A page that is in the package. */
export interface AddedPage {
  readonly outcome: 'added';
  readonly rows: number;
  /** What the contract left out. */
  readonly violations?: readonly ContractViolation[];
  /** Keys that did not get the column of their name. */
  readonly collisions?: readonly Collision[];
  /** Numbers that are null because no double can hold them. */
  readonly beyondDoubles?: readonly BeyondDoubles[];
  /** Rows with values for which their table has no column. */
  readonly overflows?: readonly OverflowedRows[];
  /** Records that cannot be stored; the others are in the package. */
  readonly bad?: readonly BadRecord[];
}

/** What became of a page. */
export type Added =
  | AddedPage
  /** The schema lacks something: apply the update, rebuild, add the page again. */
  | { readonly outcome: 'schema'; readonly update: SchemaUpdate }
  /** The package holds a row of this page already: commit it, then add the page again. */
  | { readonly outcome: 'duplicate' };

/** How the values of records are read, the load that they are in, and how many bytes they may take. */
export interface RecordReading {
  readonly reading: Reading;
  readonly loadId: string;
  /** Of each table; beyond it OVERSIZE is thrown, before memory is filled. */
  readonly limitBytes: number;
}
