/** Nanoseconds. */
const UNITS: ReadonlyMap<string, bigint> = new Map(
  Object.entries({
    ns: 1n,
    us: 1_000n,
    // The micro sign and the Greek letter.
    "\u00b5s": 1_000n,
    "\u03bcs": 1_000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
  }),
);

/** Hours. */
const LONG_UNITS: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };

const MAX = 2n ** 63n;

/** Nanoseconds of `1h30m` (Go's `time.ParseDuration`) and, as OPA has them, of `1d`, `1w`, `1y`; undefined if none. */
export function parseDuration(text: string): bigint | undefined {
  const plain = /[dwy]/.test(text) ? inHours(text) : text;
  return plain === undefined ? undefined : parseGoDuration(plain);
}

/** Writes days, weeks and years as hours; undefined if the text is no duration. */
function inHours(text: string): string | undefined {
  if (!/^[-+]?(?:[0-9.]+(?:ms|us|µs|ns|[a-z]))+$/.test(text)) return undefined;
  let isNumber = true;
  const rewritten = text.replaceAll(/([0-9.]+)([dwy])/g, (_, digits: string, unit: string) => {
    isNumber &&= /^(?:\d+\.?\d*|\.\d+)$/.test(digits);
    return `${plainDecimal(Number(digits) * (LONG_UNITS[unit] ?? 0))}h`;
  });
  return isNumber ? rewritten : undefined;
}

/** The shortest digits of a double, without an exponent. */
function plainDecimal(value: number): string {
  const [, digits = "", fraction = "", exponent] = /^(\d+)\.?(\d*)(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const places = Number(exponent);
  return places > 0
    ? (digits + fraction).padEnd(places + 1, "0")
    : `0.${"0".repeat(-places - 1)}${digits}${fraction}`;
}

function parseGoDuration(text: string): bigint | undefined {
  const amounts = text.replace(/^[-+]/, "");
  const size = amounts === "0" ? 0n : sumOf(amounts);
  if (size === undefined || size > MAX) return undefined;
  if (text.startsWith("-")) return -size;
  return size === MAX ? undefined : size;
}

/** Undefined unless the whole text is amounts with their units. */
function sumOf(text: string): bigint | undefined {
  const parts = [...text.matchAll(/(\d*)(?:\.(\d*))?([^0-9.]+)/gy)];
  if (text === "" || parts.map(([part]) => part).join("") !== text) return undefined;
  return parts.reduce<bigint | undefined>((sum, [, whole = "", fraction = "", unit = ""]) => {
    const amount = amountOf(whole, fraction, UNITS.get(unit));
    return sum === undefined || amount === undefined ? undefined : sum + amount;
  }, 0n);
}

function amountOf(whole: string, fraction: string, unit: bigint | undefined): bigint | undefined {
  if (unit === undefined || whole + fraction === "") return undefined;
  const digits = whole.replace(/^0+/, "");
  const count = digits.length > 19 ? MAX : BigInt(digits);
  const amount = count * unit;
  if (count > MAX / unit) return undefined;
  return amount + fractionOf(fraction, unit);
}

/** Go computes it in a double and gives up digits that do not fit into 63 bits. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (MAX - 1n) / 10n) break;
    value = value * 10n + BigInt(digit);
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}
