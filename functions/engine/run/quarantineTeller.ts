import type { QuarantinedRecord } from '../model/quarantine.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { recordPlace } from '../report/recordPlace.ts';
import type { RunContext } from './context.ts';

/** Counts what committed packages of one resource left in quarantine. */
export interface QuarantineTeller {
  add(records: readonly QuarantinedRecord[]): void;
  /** Reports how many they were, if any. */
  tell(): void;
}

/** Opens the teller of one resource: one sentence, however many records there are. */
export function quarantineTeller(
  { report }: Pick<RunContext, 'report'>,
  { id }: ResourceSpec,
): QuarantineTeller {
  let count = 0;
  let first: QuarantinedRecord | undefined;
  return {
    add: (records) => {
      count += records.length;
      first ??= records[0];
    },
    tell: () => {
      if (first === undefined) return;
      const records = count === 1 ? 'record' : 'records';
      const place = recordPlace(first);
      const message = `${count.toString()} ${records} could not be stored and went to the quarantine; the first, ${place}: ${first.explanation}`;
      report({ event: 'problem', code: 'E_QUARANTINED', resource: id, message });
    },
  };
}
