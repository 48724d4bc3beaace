import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import type { LoadedEngine } from "./engine.ts";
import { loadEngine } from "./load.ts";

const SOURCE = `package example

deny contains msg if {
	some c in input.containers
	not regex.match("^[a-z.]+/", c.image)
	units.parse(c.memory) > 5
	msg := sprintf("%v", [c])
}

conflict := name if some name in input.names
`;
const EVALUATIONS = 1_000_000;
const THROWS = 100_000;
const PARTS = 10;
const MIB = 2 ** 20;

/** MiB of the process without what is garbage. */
function resident(): number {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  return process.memoryUsage().rss / MIB;
}

const INPUT = {
  text: JSON.stringify({
    containers: [
      { image: "web", memory: "7" },
      { image: "a/b", memory: 3 },
    ],
    names: [1, 2],
  }),
  members: [],
  shared: true,
};

async function loaded(): Promise<LoadedEngine> {
  return loadEngine(await compileRego({ "example.rego": SOURCE }, ["example/deny", "example/conflict"]));
}

test("a million evaluations, of which a thousand throw, leave no memory behind", async () => {
  const engine = await loaded();
  const evaluate = (count: number): void => {
    for (let number = 0; number < count; number += 1) {
      const session = engine.open({ now: 1n, seed: "endurance" });
      session.evaluate("example/deny", INPUT);
      if (number % 1_000 === 0) session.evaluate("example/conflict", INPUT);
    }
  };
  // V8 takes memory in steps, some of them large; what leaks is taken in every part.
  const growth = Array.from({ length: PARTS }, () => {
    const before = resident();
    evaluate(EVALUATIONS / PARTS);
    return resident() - before;
  });
  // 20 bytes left behind by each evaluation would be seen, and 20 KB by each throw.
  expect(growth.toSorted((a, b) => a - b)[PARTS / 2]).toBeLessThan(2);
}, 600_000);

test("a hundred thousand evaluations that throw leave the engine as it was", async () => {
  const engine = await loaded();
  const kinds = new Set<string>();
  const evaluate = (count: number): void => {
    for (let number = 0; number < count; number += 1) {
      kinds.add(engine.open({ now: 1n, seed: "endurance" }).evaluate("example/conflict", INPUT).kind);
    }
  };
  evaluate(1_000);
  const before = { resident: resident(), heap: process.memoryUsage().heapUsed };
  evaluate(THROWS);
  // V8 keeps room of its own for some 200,000 instances that are gone, and then takes no more; an instance has 4 MiB.
  expect(resident() - before.resident).toBeLessThan(200);
  expect((process.memoryUsage().heapUsed - before.heap) / MIB).toBeLessThan(2);
  expect(kinds).toEqual(new Set(["error"]));
  expect(engine.open({ now: 1n, seed: "endurance" }).evaluate("example/deny", INPUT).kind).toBe("value");
}, 600_000);
