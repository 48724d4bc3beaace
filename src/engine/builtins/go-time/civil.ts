/** A date and a time of day as a clock on the wall shows them; `month` from 1. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export const SECONDS_PER_DAY = 86_400;

const DAYS_PER_400_YEARS = 146_097;

/** From 1970-01-01 to 0000-03-01, from where leap days come last in a year. */
const DAYS_TO_MARCH_0 = 719_468;

/** Days since 1970-01-01 in the Gregorian calendar; `month` and `day` may lie outside their range, as in Go. */
export function daysOf(year: number, month: number, day: number): number {
  const months = year * 12 + month - 3;
  const shifted = Math.floor(months / 12);
  const monthFromMarch = months - shifted * 12;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_PER_400_YEARS + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_MARCH_0;
}

/** Seconds since 1970-01-01T00:00:00 on the same clock. */
export function secondsOf({ year, month, day, hour, minute, second }: Civil): number {
  return daysOf(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
}

/** The inverse of `secondsOf`. */
export function civilOf(seconds: number): Civil {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds - days * SECONDS_PER_DAY;
  const time = { hour: Math.floor(rest / 3600), minute: Math.floor(rest / 60) % 60, second: rest % 60 };
  const shifted = days + DAYS_TO_MARCH_0;
  const era = Math.floor(shifted / DAYS_PER_400_YEARS);
  const dayOfEra = shifted - era * DAYS_PER_400_YEARS;
  const leapDays =
    Math.floor(dayOfEra / 1460) -
    Math.floor(dayOfEra / 36_524) +
    Math.floor(dayOfEra / (DAYS_PER_400_YEARS - 1));
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day, ...time };
}

/** 0 is Sunday. */
export function weekdayOf(seconds: number): number {
  const days = Math.floor(seconds / SECONDS_PER_DAY) + 4;
  return days - Math.floor(days / 7) * 7;
}

export function daysInMonth(year: number, month: number): number {
  return daysOf(year, month + 1, 1) - daysOf(year, month, 1);
}
