import { type Civil, civilOf, daysOf, SECONDS_PER_DAY, weekdayOf } from "./civil.ts";
import { type Element, readLayout, type ZoneOffset } from "./layout.ts";
import type { ZonePeriod } from "./zone.ts";

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** A time as a layout needs it: `seconds` since 1970 on the zone's clock, from year 0 to 9999. */
interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly period: Pick<ZonePeriod, "name" | "offset">;
}

/** Go's `Time.Format`. */
export function formatTime(moment: Moment, layout: string): string {
  const civil = civilOf(moment.seconds);
  return readLayout(layout)
    .map(({ prefix, element, text }) =>
      element === undefined ? prefix : prefix + formatElement(element, text, moment, civil),
    )
    .join("");
}

function formatElement(element: Element, text: string, moment: Moment, civil: Civil): string {
  if (element === ".0" || element === ".9") return formatFraction(moment.nanoseconds, element, text);
  if (element === "MST") return moment.period.name;
  return isOffset(element)
    ? formatOffset(moment.period.offset, element)
    : CLOCK[element](civil, moment.seconds);
}

function isOffset(element: Element): element is ZoneOffset {
  return /^[-Z]/.test(element);
}

const CLOCK: Readonly<
  Record<Exclude<Element, ZoneOffset | "MST" | ".0" | ".9">, (civil: Civil, seconds: number) => string>
> = {
  January: ({ month }) => MONTHS[month - 1] ?? "",
  Jan: ({ month }) => (MONTHS[month - 1] ?? "").slice(0, 3),
  "1": ({ month }) => String(month),
  "01": ({ month }) => pad(month, 2),
  Monday: (_, seconds) => WEEKDAYS[weekdayOf(seconds)] ?? "",
  Mon: (_, seconds) => (WEEKDAYS[weekdayOf(seconds)] ?? "").slice(0, 3),
  "2": ({ day }) => String(day),
  _2: ({ day }) => String(day).padStart(2),
  "02": ({ day }) => pad(day, 2),
  __2: (civil, seconds) => String(dayOfYear(civil, seconds)).padStart(3),
  "002": (civil, seconds) => pad(dayOfYear(civil, seconds), 3),
  "15": ({ hour }) => pad(hour, 2),
  "3": ({ hour }) => String(hour % 12 || 12),
  "03": ({ hour }) => pad(hour % 12 || 12, 2),
  "4": ({ minute }) => String(minute),
  "04": ({ minute }) => pad(minute, 2),
  "5": ({ second }) => String(second),
  "05": ({ second }) => pad(second, 2),
  "2006": ({ year }) => pad(year, 4),
  "06": ({ year }) => pad(year % 100, 2),
  PM: ({ hour }) => (hour >= 12 ? "PM" : "AM"),
  pm: ({ hour }) => (hour >= 12 ? "pm" : "am"),
};

function dayOfYear({ year }: Civil, seconds: number): number {
  return Math.floor(seconds / SECONDS_PER_DAY) - daysOf(year, 1, 1) + 1;
}

function formatOffset(offset: number, element: ZoneOffset): string {
  if (offset === 0 && element.startsWith("Z")) return "Z";
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  // Go takes the sign from whole minutes.
  const sign = offset <= -60 ? "-" : "+";
  const count = (element.replaceAll(":", "").length - 1) / 2;
  return sign + parts.slice(0, count).join(element.includes(":") ? ":" : "");
}

function formatFraction(nanoseconds: number, element: ".0" | ".9", text: string): string {
  const digits = text.length - 1;
  const shown = pad(nanoseconds, 9)
    .slice(0, digits)
    .padEnd(element === ".0" ? Math.min(digits, 9) : 0, "0");
  if (element === ".0") return text.charAt(0) + shown;
  const trimmed = shown.replace(/0+$/, "");
  return trimmed === "" ? "" : text.charAt(0) + trimmed;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
