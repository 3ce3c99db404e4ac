import type { FaultName } from './faults.ts';
import type { Substitution } from './loaderBuilds.ts';
import {
  NO_DDL_LOCK,
  NO_FENCE,
  NO_OVERLAP,
  STRICT_CURSOR,
  STRICT_WALK,
} from './variants/protocol.ts';
import {
  APPEND_ON_RETRY,
  CHILDREN_LATER,
  CURSOR_AFTER,
  CURSOR_BEFORE,
  LOADS_LATER,
} from './variants/transactions.ts';

/** A loader that is broken on purpose. */
export interface Variant {
  readonly what: string;
  readonly substitutions: readonly Substitution[];
  /** Faults that are played in turn until one catches it. */
  readonly faults: readonly FaultName[];
  /** Trials after which it must have been caught. */
  readonly limit: number;
  /** By what it is known: what its tables show, unless processes that fail are enough. */
  readonly shows?: 'ends';
}

/** Every broken loader by its name. */
export const VARIANTS = {
  'cursor-before-data': {
    what: 'cursor and history are committed before the rows',
    substitutions: CURSOR_BEFORE,
    faults: ['cut-commit', 'kill'],
    limit: 6,
  },
  'cursor-after-data': {
    what: 'cursor and history are committed after the rows',
    substitutions: CURSOR_AFTER,
    faults: ['cut-commit', 'kill'],
    limit: 6,
  },
  'append-on-retry': {
    what: 'a package whose answer was lost is appended again',
    substitutions: APPEND_ON_RETRY,
    faults: ['cut-commit'],
    limit: 10,
  },
  'children-later': {
    what: 'child rows are written in a second transaction',
    substitutions: CHILDREN_LATER,
    faults: ['kill', 'cut-commit'],
    limit: 6,
  },
  'loads-later': {
    what: 'the row in _dlt_loads is written in a second transaction',
    substitutions: LOADS_LATER,
    faults: ['kill', 'cut-commit'],
    limit: 6,
  },
  'strict-cursor': {
    what: 'only ids above the cursor are read, without an overlap',
    substitutions: STRICT_CURSOR,
    faults: ['gitlab-slow', 'kill'],
    limit: 2,
  },
  'no-overlap': {
    what: 'a scan by change begins at the cursor, without an overlap',
    substitutions: NO_OVERLAP,
    faults: ['gitlab-slow', 'kill'],
    limit: 2,
  },
  'strict-walk': {
    what: 'a walk by change goes on above the instant of the last row',
    substitutions: STRICT_WALK,
    faults: ['gitlab-slow', 'kill'],
    limit: 4,
  },
  'no-fence': {
    what: 'packages are committed without looking at fence, seq and owner',
    substitutions: NO_FENCE,
    faults: ['zombie'],
    limit: 10,
  },
  'no-ddl-lock': {
    what: 'schema changes do not wait for one another',
    substitutions: NO_DDL_LOCK,
    faults: ['together'],
    limit: 10,
    shows: 'ends',
  },
} as const satisfies Readonly<Record<string, Variant>>;

/** The name of a broken loader. */
export type VariantName = keyof typeof VARIANTS;
