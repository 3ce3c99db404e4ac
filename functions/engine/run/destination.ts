import type { DestinationReader } from '../extract/ports.ts';
import { memberCreatedAt, newestParentLoad, unfinishedIds } from '../load/lookups.ts';
import { storedTargets, type TargetSource } from '../load/targets.ts';
import type { RunContext } from './context.ts';
import { includedValues } from './includedValues.ts';

/** The dataset as reading sees it: parents and known values come from its tables, not from GitLab again. */
export function partitionReader(context: RunContext): DestinationReader {
  return {
    async *targets(task) {
      for await (const { target, fields } of storedTargets(targetSource(context), task)) {
        yield fields.length === 0 ? { target } : { target, appended: includedValues(fields) };
      }
    },
    cursorAtEnd: (task) => newestParentLoad(targetSource(context), task),
    unfinished: (task) => unfinishedIds(targetSource(context), task),
    createdAt: (task) => memberCreatedAt(targetSource(context), task),
  };
}

/** Where stored values are read, with the schema as it is now. */
export function targetSource({ database, settings, schemas, resources }: RunContext): TargetSource {
  return { database, dataset: settings.dataset, schema: schemas.current(), resources };
}
