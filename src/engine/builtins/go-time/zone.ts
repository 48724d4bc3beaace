import packed from "moment-timezone/data/packed/latest.json" with { type: "json" };

/** What a clock shows during a span of time. */
export interface ZonePeriod {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** E.g. `CEST`, or `+03` where people have no name for it. */
  readonly name: string;
  /** In seconds since 1970 UTC; `start` is the first, `end` the first of the next period. */
  readonly start: number;
  readonly end: number;
}

/** The periods of a place, from the first time that was kept there to the year 2500. */
export type Zone = readonly ZonePeriod[];

const UTC: Zone = [{ offset: 0, name: "UTC", start: -Infinity, end: Infinity }];

const packedZones = new Map(packed.zones.map((zone) => [zone.slice(0, zone.indexOf("|")), zone]));
const links = new Map(
  packed.links.map((link) => {
    const [name = "", alias = ""] = link.split("|");
    return [alias, name];
  }),
);
const unpacked = new Map<string, Zone>();

/**
 * A zone of the IANA database by its exact name (Go's `time.LoadLocation`); undefined if there is none. `Local` is UTC
 * everywhere, so that a verdict does not depend on the machine.
 */
export function loadZone(name: string): Zone | undefined {
  if (name === "" || name === "UTC" || name === "Local") return UTC;
  const known = unpacked.get(name);
  if (known !== undefined) return known;
  const text = packedZones.get(links.get(name) ?? name);
  if (text === undefined) return undefined;
  const zone = unpackZone(text);
  unpacked.set(name, zone);
  return zone;
}

/** The period that a time, in seconds since 1970 UTC, lies in. */
export function periodAt(zone: Zone, seconds: number): ZonePeriod {
  let low = 0;
  let high = zone.length;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((zone[middle]?.start ?? Infinity) <= seconds) low = middle;
    else high = middle;
  }
  return zone[low] ?? { offset: 0, name: "UTC", start: -Infinity, end: Infinity };
}

/** The time at which the zone's clocks show `seconds` since 1970, as Go's `time.Date` decides it around a change. */
export function utcOf(zone: Zone, seconds: number): number {
  const period = periodAt(zone, seconds);
  const utc = seconds - period.offset;
  return utc >= period.start && utc < period.end ? utc : seconds - periodAt(zone, utc).offset;
}

/** moment-timezone's format: name, abbreviations, offsets (minutes west), index of each period, lengths in minutes. */
function unpackZone(text: string): Zone {
  const [, names = "", offsets = "", indices = "", lengths = ""] = text.split("|");
  const nameList = names.split(" ");
  const offsetList = offsets.split(" ").map(readBase60);
  const ends = lengths === "" ? [] : lengths.split(" ").map(readBase60);
  let start = -Infinity;
  let minutes = 0;
  return Array.from(indices, (digit, index) => {
    const kind = readBase60(digit);
    minutes += ends[index] ?? 0;
    const end = index < ends.length ? Math.round(minutes * 60) : Infinity;
    const period = {
      // Never -0, which would differ from 0 in a comparison of values.
      offset: Math.round((offsetList[kind] ?? 0) * -60) + 0,
      name: nameList[kind] ?? "",
      start,
      end,
    };
    start = end;
    return period;
  });
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";

function readBase60(text: string): number {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\w*)\.?(\w*)$/.exec(text) ?? [];
  const integer = Array.from(whole).reduce((value, digit) => value * 60 + DIGITS.indexOf(digit), 0);
  const size = Array.from(fraction).reduceRight((value, digit) => (value + DIGITS.indexOf(digit)) / 60, 0);
  return sign === "-" ? -(integer + size) : integer + size;
}
