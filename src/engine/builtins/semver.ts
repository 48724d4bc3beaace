import { type Builtins, integerValue, ofStrings } from "./builtin.ts";

/** v1/topdown/semver.go. */
export const SEMVER: Builtins = {
  "semver.compare": ofStrings((a, b) => {
    const left = parseVersion(a);
    const right = parseVersion(b);
    return left === undefined || right === undefined ? undefined : integerValue(compareVersions(left, right));
  }),
  "semver.is_valid": ([version]) => typeof version === "string" && parseVersion(version) !== undefined,
};

interface Version {
  readonly numbers: readonly bigint[];
  /** Identifiers of the pre-release; none for a release. */
  readonly preRelease: readonly string[];
}

const VERSION =
  /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const LEADING_ZERO = /^0\d+$/;
const MAX_INT64 = 2n ** 63n - 1n;

function parseVersion(text: string): Version | undefined {
  const [, major = "", minor = "", patch = "", pre] = VERSION.exec(text) ?? [];
  const preRelease = pre === undefined ? [] : pre.split(".");
  if (major === "" || [major, minor, patch, ...preRelease].some((part) => LEADING_ZERO.test(part)))
    return undefined;
  const numbers = [major, minor, patch].map(BigInt);
  return numbers.some((number) => number > MAX_INT64) ? undefined : { numbers, preRelease };
}

/** -1, 0 or 1 by semver.org item 11; build metadata does not count. */
function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return Math.sign(b.preRelease.length - a.preRelease.length);
  }
  for (const [index, identifier] of a.preRelease.entries()) {
    const other = b.preRelease[index];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return Math.sign(a.preRelease.length - b.preRelease.length);
}

/** Numbers come before words; OPA loops for ever on two different numbers beyond 64 bits, here they are compared. */
function compareIdentifiers(a: string, b: string): number {
  if (a === b) return 0;
  const areNumbers = [a, b].map((identifier) => /^\d+$/.test(identifier));
  if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] === true ? -1 : 1;
  const isLess = areNumbers[0] === true ? BigInt(a) < BigInt(b) : a < b;
  return isLess ? -1 : 1;
}
