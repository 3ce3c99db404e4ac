const SECONDS_PER_DAY = 86_400;
const DAYS_FROM_YEAR_1_TO_2000 = 730_119;
const DAYS_BEFORE_MONTH = new Uint16Array([
  0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365,
]);

/** Seconds from 1970-01-01 to 2000-01-01, PostgreSQL's own epoch. */
export const SECONDS_TO_2000 = 946_684_800;

/** The last second of the year 9999, counted from 2000-01-01. */
const LAST_SECOND = 252_455_615_999;
const FIRST_SECOND = -63_082_281_600;

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInYear(year: number): number {
  return isLeap(year) ? 366 : 365;
}

/** Days between January 1st of the year and the first of the month; `month` 13 is the year's end. */
function daysBeforeMonth(year: number, month: number): number {
  const days = DAYS_BEFORE_MONTH[month - 1] ?? NaN;
  return month > 2 && isLeap(year) ? days + 1 : days;
}

/** Days between 2000-01-01 and January 1st of the year. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  return past * 365 + leapDays - DAYS_FROM_YEAR_1_TO_2000;
}

/** Days since 2000-01-01 of a calendar day; NaN when there is no such day. */
export function calendarDay(year: number, month: number, day: number): number {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return NaN;
  const before = daysBeforeMonth(year, month);
  if (before + day > daysBeforeMonth(year, month + 1)) return NaN;
  return daysBeforeYear(year) + before + day - 1;
}

/** Days since 2000-01-01 of the n-th day of a year; NaN when the year is shorter. */
export function ordinalDay(year: number, ordinal: number): number {
  if (year < 1 || ordinal < 1 || ordinal > daysInYear(year)) return NaN;
  return daysBeforeYear(year) + ordinal - 1;
}

/** Days since 2000-01-01, a Saturday, give the weekday with Monday as 0. */
function weekday(dayNumber: number): number {
  return (((dayNumber + 5) % 7) + 7) % 7;
}

/** The first ISO week of a year is the one with January 4th. */
function mondayOfFirstWeek(year: number): number {
  const fourth = daysBeforeYear(year) + 3;
  return fourth - weekday(fourth);
}

/** Days since 2000-01-01 of an ISO week's day; week 0 and day 0 are the ones before the first, as in dlt. */
export function isoWeekDay(year: number, week: number, day: number): number {
  const firstMonday = mondayOfFirstWeek(year);
  const weeks = (mondayOfFirstWeek(year + 1) - firstMonday) / 7;
  if (year < 1 || day > 7 || week > weeks) return NaN;
  return firstMonday + (week - 1) * 7 + day - 1;
}

/** Seconds since 2000-01-01 of a time on a day; NaN when there is no such time. A second 60 is none. */
export function secondsAt(dayNumber: number, hour: number, minute: number, second: number): number {
  if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
  return dayNumber * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
}

/** True from the year 1 to the year 9999, in seconds since 2000-01-01. False for NaN. */
export function isInRange(seconds: number): boolean {
  return seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
}
