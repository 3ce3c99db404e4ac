/** Compares non-negative integers of any size, written without leading zeros. */
export function compareIds(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}

/** The same ids, highest first. */
export function descending(ids: readonly string[]): readonly string[] {
  return ids.toSorted((left, right) => compareIds(right, left));
}

/** The higher of two ids, or the one that there is. */
export function higherId(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareIds(left, right) > 0 ? left : right;
}

/** The lower of two ids, or the one that there is. */
export function lowerId(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareIds(left, right) < 0 ? left : right;
}
