/** A webhook's `timeoutSeconds`, in milliseconds: Kubernetes' default and its greatest value. */
const DEFAULT_MS = 10_000;
const MAX_MS = 30_000;

/** The longest text that Go writes for a duration is shorter, e.g. `2562047h47m16.854775807s`. */
const MAX_TEXT = 32;

const MS_BY_UNIT: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/**
 * How long after its arrival the answer to a request must have left, in milliseconds: the time that the API server
 * still waits, which it sends as `?timeout=10s`, less what the answer's way back needs. `url` as in the request line.
 */
export function answerWithin(url: string): number {
  const timeout = timeoutOf(url);
  const wayBack = Math.min(Math.max(timeout / 20, 50), 500);
  // A small timeout keeps most of itself.
  return timeout - Math.min(wayBack, timeout / 5);
}

function timeoutOf(url: string): number {
  const query = url.indexOf("?");
  const text = query === -1 ? null : new URLSearchParams(url.slice(query)).get("timeout");
  const timeout = text === null ? undefined : goDuration(text);
  return timeout === undefined || timeout <= 0 ? DEFAULT_MS : Math.min(timeout, MAX_MS);
}

/** Milliseconds of a duration as Go's `time.ParseDuration` reads it, e.g. `1m30s`; undefined if it is none or negative. */
function goDuration(text: string): number | undefined {
  // What the API server sends; the rest would cost a request 2 us.
  if (/^\d{1,9}s$/.test(text)) return Number.parseInt(text) * 1_000;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
  if (text.length > MAX_TEXT || text === "" || text.replaceAll(part, "") !== "") return undefined;
  return [...text.matchAll(part)].reduce(
    (sum, [, number = "", unit = ""]) => sum + Number(number) * (MS_BY_UNIT.get(unit) ?? 0),
    0,
  );
}
