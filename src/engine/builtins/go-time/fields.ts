import { daysInMonth, daysOf, secondsOf } from "./civil.ts";

/** Seconds since 1970 UTC and the nanoseconds of the last one. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What was read of a text so far. */
export interface Fields {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  hour?: number;
  minute?: number;
  second?: number;
  nanoseconds?: number;
  isAfternoon?: boolean;
  /** Seconds east of UTC. */
  offset?: number;
  /** `Z` or `UTC` was read: then no offset counts. */
  isUtc?: boolean;
}

/** Undefined if the fields are no date of the calendar. */
export function instantOf(fields: Fields): Instant | undefined {
  const { year = 0, minute = 0, second = 0, nanoseconds = 0 } = fields;
  const date = dateOf(fields, year);
  if (date === undefined || date.day < 1 || date.day > daysInMonth(year, date.month)) return undefined;
  const civil = { year, ...date, hour: hourOf(fields), minute, second };
  return { seconds: secondsOf(civil) - offsetOf(fields), nanoseconds };
}

/** Go takes an offset of -1 for none. */
function offsetOf({ offset = 0, isUtc = false }: Fields): number {
  return isUtc || offset === -1 ? 0 : offset;
}

function hourOf({ hour = 0, isAfternoon }: Fields): number {
  if (isAfternoon === true && hour < 12) return hour + 12;
  return isAfternoon === false && hour === 12 ? 0 : hour;
}

interface MonthAndDay {
  readonly month: number;
  readonly day: number;
}

/** A day of the year must be the same as month and day where these are there, too. */
function dateOf({ month, day, dayOfYear }: Fields, year: number): MonthAndDay | undefined {
  if (dayOfYear === undefined) return { month: month ?? 1, day: day ?? 1 };
  const date = monthAndDay(year, dayOfYear);
  if (date === undefined || (month ?? date.month) !== date.month) return undefined;
  return (day ?? date.day) === date.day ? date : undefined;
}

function monthAndDay(year: number, dayOfYear: number): MonthAndDay | undefined {
  const first = daysOf(year, 1, 1);
  if (dayOfYear < 1 || dayOfYear > daysOf(year + 1, 1, 1) - first) return undefined;
  const months = Array.from({ length: 12 }, (_, index) => index + 1);
  const month = months.findLast((candidate) => daysOf(year, candidate, 1) - first < dayOfYear) ?? 1;
  return { month, day: dayOfYear - (daysOf(year, month, 1) - first) };
}
