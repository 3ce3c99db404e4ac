import { calendarDay, isInRange, SECONDS_TO_2000, secondsAt } from './calendar.ts';
import { parsePythonFloat } from './pythonText.ts';
import { readTime } from './timestampForms.ts';

const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;

/** Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count. */
export const MICROS_TO_2000 = BigInt(SECONDS_TO_2000) * 1_000_000n;

const SECONDS_END = 19;
const MICROS_END = 26;
const OFFSET_LENGTH = 6;

function digit(text: string, index: number): number {
  const value = text.charCodeAt(index) - 0x30;
  return value >= 0 && value <= 9 ? value : NaN;
}

function twoDigits(text: string, index: number): number {
  return digit(text, index) * 10 + digit(text, index + 1);
}

function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    text.charCodeAt(10) === 0x54 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  );
}

/** Seconds since 2000-01-01 of `YYYY-MM-DDTHH:MM:SS…` as if it were UTC; NaN for other texts. */
function localSeconds(text: string): number {
  if (text.length < SECONDS_END || !hasSeparators(text)) return NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const day = calendarDay(year, twoDigits(text, 5), twoDigits(text, 8));
  return secondsAt(day, twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17));
}

/** The index after the fraction of a second; the text is not of the common form when it has a point alone. */
function fractionEnd(text: string): number {
  if (text.charCodeAt(SECONDS_END) !== 0x2e) return SECONDS_END;
  let end = SECONDS_END + 1;
  while (digit(text, end) >= 0) end += 1;
  return end === SECONDS_END + 1 ? NaN : end;
}

function fractionMicros(text: string, end: number): number {
  let micros = 0;
  for (let index = SECONDS_END + 1; index < MICROS_END; index += 1) {
    micros = micros * 10 + (index < end ? digit(text, index) : 0);
  }
  return micros;
}

/** Seconds east of UTC of `Z`, `+02:00` or nothing; NaN for other zones. */
function offsetSeconds(text: string, start: number): number {
  if (text.length === start) return 0;
  const sign = text.charCodeAt(start);
  if (sign === 0x5a) return text.length === start + 1 ? 0 : NaN;
  if (text.length !== start + OFFSET_LENGTH || text.charCodeAt(start + 3) !== 0x3a) return NaN;
  const seconds = twoDigits(text, start + 1) * 3600 + twoDigits(text, start + 4) * 60;
  if (!(seconds < SECONDS_PER_DAY)) return NaN;
  if (sign === 0x2b) return seconds;
  return sign === 0x2d ? -seconds : NaN;
}

/** Writes an exact int64 from seconds and microseconds, without a bigint. */
function writeMicros(buffer: Buffer, offset: number, seconds: number, micros: number): void {
  const high = Math.floor(seconds / 0x10000);
  const low = (seconds - high * 0x10000) * MICROS_PER_SECOND + micros;
  const carry = Math.floor(low / 0x10000);
  const upper = high * MICROS_PER_SECOND + carry;
  const top = Math.floor(upper / 0x10000);
  buffer.writeInt32BE(top, offset);
  buffer.writeUInt32BE((upper - top * 0x10000) * 0x10000 + (low - carry * 0x10000), offset + 4);
}

function writeOtherForm(text: string, buffer: Buffer, offset: number): boolean {
  const time = readTime(text);
  if (time?.form !== 'datetime') return false;
  writeMicros(buffer, offset, time.seconds, time.micros);
  return true;
}

/**
 * Writes a text that dlt takes for a timestamp as PostgreSQL's binary timestamptz (8 bytes); false, with nothing
 * written, for any other text. Reads `2024-01-11T10:13:33.506Z` and the like without making objects.
 */
export function writeTimestamp(text: string, buffer: Buffer, offset: number): boolean {
  const end = fractionEnd(text);
  const local = localSeconds(text);
  const seconds = local - offsetSeconds(text, end);
  if (!isInRange(local) || !isInRange(seconds)) return writeOtherForm(text, buffer, offset);
  writeMicros(buffer, offset, seconds, fractionMicros(text, end));
  return true;
}

function toMicros(seconds: number, micros: number): bigint {
  return BigInt(seconds + SECONDS_TO_2000) * 1_000_000n + BigInt(micros);
}

/**
 * Microseconds since 1970-01-01 of a text that dlt takes for a timestamp: a date and a time, with or without a zone
 * (none is UTC). Undefined for dates, times, numbers, offsets of a day or more and years beyond 1 to 9999.
 */
export function timestampMicros(text: string): bigint | undefined {
  const time = readTime(text);
  return time?.form === 'datetime' ? toMicros(time.seconds, time.micros) : undefined;
}

/** True when dlt takes the text for a timestamp and can store it. */
export function isTimestamp(text: string): boolean {
  return readTime(text)?.form === 'datetime';
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Microseconds since 1970 of a Unix time in seconds; undefined beyond the years 1 to 9999. */
export function unixMicros(seconds: number | bigint): bigint | undefined {
  const whole = Math.floor(Number(seconds));
  if (!isInRange(whole - SECONDS_TO_2000)) return undefined;
  if (typeof seconds === 'bigint') return seconds * 1_000_000n;
  const truncated = Math.trunc(seconds);
  return (
    BigInt(truncated) * 1_000_000n +
    BigInt(roundHalfEven((seconds - truncated) * MICROS_PER_SECOND))
  );
}

/**
 * What dlt stores when a text arrives in a timestamp column: also dates (midnight in UTC) and numbers (Unix seconds)
 * are timestamps there. Undefined where dlt fails.
 */
export function coerceToMicros(text: string): bigint | undefined {
  const time = readTime(text);
  if (time !== undefined) return toMicros(time.seconds, time.micros);
  const seconds = parsePythonFloat(text);
  return seconds === undefined ? undefined : unixMicros(seconds);
}
