/** The value that `part` of all values do not exceed; NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}

/** A promise with what was seen of it. */
export interface Verdict {
  readonly promise: string;
  readonly isKept: boolean;
  readonly seen: Readonly<Record<string, number | string | readonly string[]>>;
}

/** Prints a verdict as one line of JSON. */
export function tell({ promise, isKept, seen }: Verdict): void {
  process.stdout.write(`${JSON.stringify({ e2e: promise, kept: isKept, ...seen })}\n`);
}
