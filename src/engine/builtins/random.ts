import { createHash } from "node:crypto";
import { type Builtins, integerOperand, integerValue } from "./builtin.ts";
import { valueToRego } from "../format.ts";
import type { RegoValue } from "../value.ts";

/**
 * v1/topdown/numbers.go and uuid.go: as in OPA, the same arguments give the same value within a request; which one is
 * decided by the request's seed alone, so that an answer can be repeated.
 */
export const RANDOM: Builtins = {
  "rand.intn": ([key, limit], call) => {
    const bound = integerOperand(limit);
    if (typeof key !== "string" || bound === undefined) return undefined;
    if (bound === 0n) return integerValue(0);
    const size = bound < 0n ? -bound : bound;
    // 256 bits modulo at most 2^63: the bias is below 2^-193.
    return integerValue(
      BigInt(`0x${seeded(call.seed, ["rand.intn", key, String(size)]).toString("hex")}`) % size,
    );
  },
  "uuid.rfc4122": ([key], call) => {
    if (key === undefined) return undefined;
    const bytes = seeded(call.seed, ["uuid.rfc4122", valueToRego(key)]).subarray(0, 16);
    // Version 4 (random) and the variant of RFC 4122.
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  },
};

function seeded(seed: string, parts: RegoValue): Buffer {
  return createHash("sha256")
    .update(valueToRego([seed, parts]))
    .digest();
}
