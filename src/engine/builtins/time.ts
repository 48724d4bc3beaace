import { RegoNumber, type RegoValue } from "../value.ts";
import { parseFloat64Bits, truncate } from "./big-float.ts";
import { type Builtin, type Builtins, integerOperand, integerValue, isArray, ofStrings } from "./builtin.ts";
import {
  type Civil,
  civilOf,
  daysInMonth,
  daysOf,
  secondsOf,
  SECONDS_PER_DAY,
  weekdayOf,
} from "./go-time/civil.ts";
import { parseDuration } from "./go-time/duration.ts";
import { formatTime, WEEKDAYS } from "./go-time/format.ts";
import type { Instant } from "./go-time/fields.ts";
import { parseTime } from "./go-time/parse.ts";
import { loadZone, periodAt, utcOf, type Zone, type ZonePeriod } from "./go-time/zone.ts";

const NANOSECONDS = 1_000_000_000n;

/** Years, months or days beyond this lead out of the range of any result. */
const MAX_DATE_STEP = 1_000_000_000n;

const RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00";

/** Layouts that have a name in Go's package `time`. */
const LAYOUTS: ReadonlyMap<string, string> = new Map([
  ["ANSIC", "Mon Jan _2 15:04:05 2006"],
  ["UnixDate", "Mon Jan _2 15:04:05 MST 2006"],
  ["RubyDate", "Mon Jan 02 15:04:05 -0700 2006"],
  ["RFC822", "02 Jan 06 15:04 MST"],
  ["RFC822Z", "02 Jan 06 15:04 -0700"],
  ["RFC850", "Monday, 02-Jan-06 15:04:05 MST"],
  ["RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"],
  ["RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"],
  ["RFC3339", "2006-01-02T15:04:05Z07:00"],
  ["RFC3339Nano", RFC3339_NANO],
]);

/** v1/topdown/time.go: one clock value for a whole request, so that the answer can be repeated. */
export const TIME: Builtins = {
  "time.now_ns": (_args, call) => integerValue(call.now),
  "time.parse_ns": ofStrings((layout, text) => nanosecondsOf(parseTime(LAYOUTS.get(layout) ?? layout, text))),
  "time.parse_rfc3339_ns": ofStrings((text) => nanosecondsOf(parseTime("2006-01-02T15:04:05Z07:00", text))),
  "time.parse_duration_ns": ofStrings((text) => {
    const duration = parseDuration(text);
    return duration === undefined ? undefined : integerValue(duration);
  }),
  "time.format": ofMoment((moment) => formatTime(moment, LAYOUTS.get(moment.layout) ?? moment.layout)),
  "time.date": ofMoment(({ civil: { year, month, day } }) => [year, month, day].map(integerValue)),
  "time.clock": ofMoment(({ civil: { hour, minute, second } }) => [hour, minute, second].map(integerValue)),
  "time.weekday": ofMoment(({ seconds }) => WEEKDAYS[weekdayOf(seconds)]),
  "time.add_date": addDate,
  "time.diff": ([first, second]) => {
    const a = readMoment(first);
    const b = readMoment(second);
    return a === undefined || b === undefined
      ? undefined
      : difference(a, inZone(b, a.zone)).map(integerValue);
  },
};

/** A time as a place's clocks show it. */
interface Moment {
  readonly nanosecondsSince1970: bigint;
  readonly zone: Zone;
  readonly period: ZonePeriod;
  /** Since 1970 on that clock. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly civil: Civil;
  readonly layout: string;
}

function ofMoment(apply: (moment: Moment) => RegoValue | undefined): Builtin {
  return ([value]) => {
    const moment = readMoment(value);
    return moment === undefined ? undefined : apply(moment);
  };
}

/** `ns`, `[ns, zone]` or `[ns, zone, layout]`. */
function readMoment(value: RegoValue | undefined): Moment | undefined {
  const [ns, place = "", layout = ""] = isArray(value) ? value : [value];
  const time = exactInteger(ns);
  if (time === undefined || typeof place !== "string" || typeof layout !== "string") return undefined;
  const zone = loadZone(place);
  return zone === undefined ? undefined : momentAt(time, zone, layout === "" ? RFC3339_NANO : layout);
}

function momentAt(time: bigint, zone: Zone, layout: string): Moment {
  const nanoseconds = Number(((time % NANOSECONDS) + NANOSECONDS) % NANOSECONDS);
  const utc = Number((time - BigInt(nanoseconds)) / NANOSECONDS);
  const period = periodAt(zone, utc);
  const seconds = utc + period.offset;
  return { nanosecondsSince1970: time, zone, period, seconds, nanoseconds, civil: civilOf(seconds), layout };
}

function inZone(moment: Moment, zone: Zone): Moment {
  return momentAt(moment.nanosecondsSince1970, zone, moment.layout);
}

/** A number that is an integer of 64 bits once rounded to Go's `big.Float`. */
function exactInteger(value: RegoValue | undefined): bigint | undefined {
  const float = value instanceof RegoNumber ? parseFloat64Bits(value.text) : undefined;
  if (float === undefined || float.exponent > 64) return undefined;
  const integer = truncate(float);
  const isExact = float.exponent >= 0 || integer << BigInt(-float.exponent) === float.mantissa;
  return isExact ? asInt64(integer) : undefined;
}

function asInt64(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function nanosecondsOf(instant: Instant | undefined): RegoValue | undefined {
  const nanoseconds = instant && asInt64(BigInt(instant.seconds) * NANOSECONDS + BigInt(instant.nanoseconds));
  return nanoseconds === undefined ? undefined : integerValue(nanoseconds);
}

function addDate([time, ...amounts]: readonly (RegoValue | undefined)[]): RegoValue | undefined {
  const moment = readMoment(time);
  const [years, months, days] = amounts.map(dateStep);
  if (moment === undefined || years === undefined || months === undefined || days === undefined)
    return undefined;
  const { civil, zone, nanoseconds } = moment;
  const date = daysOf(civil.year + years, civil.month + months, civil.day + days);
  // 2^63 nanoseconds are fewer days.
  if (Math.abs(date) > 200_000) return undefined;
  const clock = secondsOf(civil) - daysOf(civil.year, civil.month, civil.day) * SECONDS_PER_DAY;
  return nanosecondsOf({ seconds: utcOf(zone, date * SECONDS_PER_DAY + clock), nanoseconds });
}

function dateStep(value: RegoValue | undefined): number | undefined {
  const step = integerOperand(value);
  return step === undefined || step > MAX_DATE_STEP || step < -MAX_DATE_STEP ? undefined : Number(step);
}

/** Years, months, days, hours, minutes and seconds, each as far as the greater unit before it does not reach. */
function difference(a: Moment, b: Moment): readonly number[] {
  const [first, second] =
    a.nanosecondsSince1970 > b.nanosecondsSince1970 ? [b.civil, a.civil] : [a.civil, b.civil];
  const units = ["year", "month", "day", "hour", "minute", "second"] as const;
  const counts = units.map((unit) => second[unit] - first[unit]);
  const sizes = [Infinity, 12, daysInMonth(first.year, first.month), 24, 60, 60];
  return counts.reduceRight<{ readonly done: readonly number[]; readonly borrowed: number }>(
    ({ done, borrowed }, count, index) => {
      const left = count - borrowed;
      return left < 0 && index > 0
        ? { done: [left + (sizes[index] ?? 0), ...done], borrowed: 1 }
        : { done: [left, ...done], borrowed: 0 };
    },
    { done: [], borrowed: 0 },
  ).done;
}
