import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
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
const PARTS = 10;
const MIB = 2 ** 20;

/** MiB of the process without what is garbage. */
function resident(): number {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  return process.memoryUsage().rss / MIB;
}

test("a million evaluations, of which a thousand throw, leave no memory behind", async () => {
  const engine = loadEngine(
    await compileRego({ "example.rego": SOURCE }, ["example/deny", "example/conflict"]),
  );
  const input = {
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
  const evaluate = (count: number): void => {
    for (let number = 0; number < count; number += 1) {
      const session = engine.open({ now: 1n, seed: "endurance" });
      session.evaluate("example/deny", input);
      if (number % 1_000 === 0) session.evaluate("example/conflict", input);
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
