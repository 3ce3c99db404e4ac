import { calendarDay, isInRange, isoWeekDay, ordinalDay, secondsAt } from './calendar.ts';
import { withAsciiDigits } from './pythonText.ts';

/** A text that was read: seconds since 2000-01-01 in UTC, and the microseconds within the second. */
export interface ReadTime {
  readonly form: 'date' | 'datetime';
  readonly seconds: number;
  readonly micros: number;
}

const EXTENDED =
  /^(?<year>\d{4})-(?:W(?<week>\d\d)(?:-(?<weekday>\d))?|(?<month>\d\d)(?:-(?<day>\d\d)|(?<ordinal>\d))?)(?<time>[T ](?<hour>\d\d)(?::(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?)?(?<zone>Z|[+-]\d\d:?(?:\d\d)?)?)?$/;
const COMPACT =
  /^(?<year>\d{4})(?:W(?<week>\d\d)(?<weekday>\d)?|(?<month>\d\d)(?:(?<day>\d\d)|(?<ordinal>\d)))(?<time>[T ](?<hour>\d\d)(?::(?<minute>\d\d)|(?<minute2>\d\d)(?:(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?)?(?<zone>Z|[+-]\d\d:?(?:\d\d)?)?)?$/;
const SLASHES =
  /^(?<year>\d{4})(?:[/:]?(?<month>\d\d)[/:]?(?<day>\d\d))?(?<time> ?(?<hour>\d{1,2}):(?<minute>\d{1,2})?(?::(?<second>\d{1,2}))?(?:[.|,](?<fraction>\d{1,9}))?)?$/;
/** No text that `SLASHES` matches is longer, counted with two units for each digit. */
const LONGEST_SLASHES = 64;

const SECONDS_PER_DAY = 86_400;

type Parts = Readonly<Partial<Record<string, string>>>;

function dayOf(parts: Parts): number {
  const year = Number(parts['year']);
  if (parts['week'] !== undefined) {
    return isoWeekDay(year, Number(parts['week']), Number(parts['weekday'] ?? 1));
  }
  const month = parts['month'] ?? '1';
  if (parts['ordinal'] !== undefined) return ordinalDay(year, Number(month + parts['ordinal']));
  return calendarDay(year, Number(month), Number(parts['day'] ?? 1));
}

/** Seconds east of UTC; NaN for a day or more, which no timestamp can have. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  if (seconds >= SECONDS_PER_DAY) return NaN;
  return zone.startsWith('-') ? -seconds : seconds;
}

function readParts(parts: Parts): ReadTime | undefined {
  const day = dayOf(parts);
  if (parts['time'] === undefined) {
    const seconds = secondsAt(day, 0, 0, 0);
    return isInRange(seconds) ? { form: 'date', seconds, micros: 0 } : undefined;
  }
  const minute = parts['minute'] ?? parts['minute2'] ?? '0';
  const local = secondsAt(day, Number(parts['hour']), Number(minute), Number(parts['second'] ?? 0));
  const seconds = local - offsetOf(parts['zone']);
  if (!isInRange(local) || !isInRange(seconds)) return undefined;
  return {
    form: 'datetime',
    seconds,
    micros: Number((parts['fraction'] ?? '').slice(0, 6).padEnd(6, '0')),
  };
}

function readIso(text: string): ReadTime | undefined {
  const parts = (EXTENDED.exec(text) ?? COMPACT.exec(text))?.groups;
  return parts === undefined ? undefined : readParts(parts);
}

/** The form with slashes, colons or nothing between the parts, without a time zone: `2024/01/11 10:13`. */
function readSlashes(text: string): ReadTime | undefined {
  if (text.length > LONGEST_SLASHES) return undefined;
  const parts = SLASHES.exec(withAsciiDigits(text))?.groups;
  if (parts === undefined) return undefined;
  if (parts['time'] !== undefined && parts['minute'] === undefined) return undefined;
  return readParts(parts);
}

/** Reads every form of a date or a timestamp that dlt takes for one; undefined for other texts. */
export function readTime(text: string): ReadTime | undefined {
  return readIso(text) ?? readSlashes(text);
}
