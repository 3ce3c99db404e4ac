const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in the largest unit of which there is one: `1.5 GB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value >= 10 || unit === 0 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** A time that nobody needs to know exactly: `40 s`, `12 min`, `3.5 h`. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds).toString()} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60).toString()} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
