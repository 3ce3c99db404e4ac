import type { LogPlace } from './logPlace.ts';

/** How urgent Cloud Logging takes a line. */
export type Severity = 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR';

/** Something to log that is no event of a run. */
export interface Note {
  readonly severity: Severity;
  readonly message: string;
  /** Of an unknown error only its class and where it came from are told: its message may hold what was read. */
  readonly error?: unknown;
}

/** A note as one line of JSON in Cloud Logging's form. */
export function noteLine(
  { severity, message, error }: Note,
  time: Date,
  place: LogPlace = {},
): string {
  const origin = error === undefined ? {} : { error: originOf(error) };
  return JSON.stringify({ severity, message, time: time.toISOString(), ...origin, ...place });
}

function originOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.map((line) => line.trim())].join(' ');
}
