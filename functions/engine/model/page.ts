import type { JsonObject } from './json.ts';
import type { Position, Target } from './position.ts';

/** Finds the records in a parsed body; works on both readings of a number. */
export type SelectRecords = (body: unknown) => readonly JsonObject[];

/** One response of GitLab and the position that it makes durable. */
export interface Page {
  /** The canonical request without host and secrets, for the history. */
  readonly request: string;
  readonly text: string;
  readonly records: readonly JsonObject[];
  readonly select: SelectRecords;
  /** Values that the rows get where the record lacks them. */
  readonly columns: Target;
  /** Values that stand after the record's own, e.g. those of its parent: `_parents_id`. */
  readonly appended?: JsonObject;
  /** How many rows the whole list has, where GitLab says so. */
  readonly total?: number;
  readonly position: Position;
}
