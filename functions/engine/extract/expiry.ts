const DAY_MILLISECONDS = 86_400_000;

/** Days before a token ends at which it is worth a word. */
const NOTICE_DAYS = [30, 14, 7, 1] as const;

/** How soon a token ends. */
export interface Expiry {
  /** Whole days that are left, 0 on the last one. */
  readonly days: number;
  /** The smallest of 30, 14, 7 and 1 days that has been reached; undefined before. */
  readonly within: (typeof NOTICE_DAYS)[number] | undefined;
}

/** Reads the date at whose first instant, in UTC, a token ends; undefined for one that does not end. */
export function expiryOf(expiresAt: string | undefined, now: number): Expiry | undefined {
  const end = Date.parse(expiresAt ?? '');
  if (Number.isNaN(end)) return undefined;
  const left = (end - now) / DAY_MILLISECONDS;
  return { days: Math.floor(left), within: NOTICE_DAYS.findLast((days) => left <= days) };
}

/** A sentence about a token that ends soon; undefined for others. */
export function expiryNotice(
  { username, expiresAt }: { readonly username: string; readonly expiresAt: string | undefined },
  now: number,
): string | undefined {
  const expiry = expiryOf(expiresAt, now);
  if (expiry?.within === undefined) return undefined;
  const left = expiry.days === 1 ? '1 day' : `${expiry.days.toString()} days`;
  const when = expiry.days < 1 ? 'in less than a day' : `in ${left}`;
  return `The token of '${username}' ends ${when}, at 00:00 UTC on ${expiresAt ?? ''}.`;
}
