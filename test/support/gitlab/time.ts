/** Milliseconds in a day. */
export const DAY = 86_400_000;

/** The instant as GitLab's Rails writes it: UTC with milliseconds. */
export function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The instant as Git writes it: local time with milliseconds and a zone offset. */
export function zoned(milliseconds: number, offsetMinutes: number): string {
  const local = new Date(milliseconds + offsetMinutes * 60_000).toISOString().slice(0, 23);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${local}${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** The date alone, in UTC. */
export function date(milliseconds: number): string {
  return utc(milliseconds).slice(0, 10);
}
