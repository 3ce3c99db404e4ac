import type { FaultName } from './faults.ts';
import type { Substitution } from './loaderBuilds.ts';

/** A loader that is broken on purpose. */
export interface Variant {
  readonly what: string;
  readonly substitutions: readonly Substitution[];
  /** Faults that are played in turn until one catches it. */
  readonly faults: readonly FaultName[];
  /** Trials after which it must have been caught. */
  readonly limit: number;
}

/** Every broken loader by its name. */
export const VARIANTS: Readonly<Record<string, Variant>> = {};
