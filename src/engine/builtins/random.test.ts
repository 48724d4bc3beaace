import { describe, expect, test } from "@jest/globals";
import { RegoNumber } from "../value.ts";
import { RANDOM } from "./random.ts";

const FIRST = { now: 0n, seed: "first" };
const SECOND = { now: 0n, seed: "second" };

function text(name: string, args: Parameters<(typeof RANDOM)[string]>[0], call = FIRST): string {
  return JSON.stringify(RANDOM[name]?.(args, call));
}

describe("rand.intn", () => {
  test("stays below the bound, whatever its sign, and reaches every number", () => {
    const bound = new RegoNumber("-5");
    const seen = new Set(Array.from({ length: 200 }, (_, key) => text("rand.intn", [String(key), bound])));
    expect([...seen].sort()).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("gives the same for the same seed, key and bound, and something else otherwise", () => {
    const bound = new RegoNumber("9223372036854775807");
    const numbers = [
      text("rand.intn", ["a", bound]),
      text("rand.intn", ["a", bound]),
      text("rand.intn", ["b", bound]),
      text("rand.intn", ["a", new RegoNumber("9223372036854775806")]),
      text("rand.intn", ["a", bound], SECOND),
    ];
    expect(numbers[0]).toBe(numbers[1]);
    expect(new Set(numbers).size).toBe(4);
  });

  test("is undefined with a bound that is no integer", () => {
    expect(RANDOM["rand.intn"]?.(["a", new RegoNumber("1.5")], FIRST)).toBeUndefined();
    expect(RANDOM["rand.intn"]?.([new RegoNumber("1"), new RegoNumber("5")], FIRST)).toBeUndefined();
  });
});

describe("uuid.rfc4122", () => {
  test("is a UUID of version 4, decided by seed and key", () => {
    const uuids = [
      text("uuid.rfc4122", ["a"]),
      text("uuid.rfc4122", ["b"]),
      text("uuid.rfc4122", ["a"], SECOND),
    ];
    expect(new Set(uuids).size).toBe(3);
    expect(text("uuid.rfc4122", ["a"])).toBe(uuids[0]);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/);
  });
});
