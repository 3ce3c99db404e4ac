import type { JsonObject } from '../model/json.ts';

const FORM =
  /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,3})\d*)? ?(?<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?$/;

/** No instant is longer; a text of any length is refused in no time. */
const LONGEST = 64;

/**
 * Milliseconds since 1970 of an instant as GitLab writes it, what is smaller cut off; a time without a zone is in UTC.
 * Undefined for everything else.
 */
export function readInstant(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  const parts = FORM.exec(value)?.groups;
  if (parts === undefined) return undefined;
  const fraction = (parts['fraction'] ?? '').padEnd(3, '0');
  const time = `${parts['time'] ?? '00:00:00'}.${fraction}${zoneOf(parts['zone'])}`;
  const milliseconds = Date.parse(`${parts['day'] ?? ''}T${time}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** GitLab leaves the colon out in some places. */
function zoneOf(zone = 'Z'): string {
  return zone === 'UTC' ? 'Z' : zone.replace(/(\d{2}):?(\d{2})$/, '$1:$2');
}

/** An instant as GitLab's filters take it: in UTC, so that no `+` is in it. */
export function writeInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The instants that rows show in a field, in the order of the rows; those without one are left out. */
export function instantsOf(rows: readonly JsonObject[], field: string): readonly number[] {
  return rows.flatMap((row) => readInstant(row[field]) ?? []);
}

/** The earliest of both; undefined when there is none. */
export function earlier(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}

/** The latest of both; undefined when there is none. */
export function later(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.max(left, right);
}
