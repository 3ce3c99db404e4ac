import type { Expected } from './scenario.ts';
import type { StoredDataset } from './stored.ts';

/** What dlt left and what this loader left, as they are compared. */
export interface Compared {
  readonly expected: Expected;
  readonly stored: StoredDataset;
  /** The column that says that a row is deleted. */
  readonly hardDelete: string | undefined;
}
