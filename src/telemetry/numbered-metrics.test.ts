import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Counter, Histogram, Registry } from "prom-client";
import { NumberedCounter } from "./numbered-counter.ts";
import { NumberedHistogram } from "./numbered-histogram.ts";

const CONFIGURATION = { name: "number", help: "By policy.", labelNames: ["policy"] as const };
const BUCKETS = [0.001, 0.01, 1];
/** More series than there is room for at first, in any order; values on, between and beyond the bounds. */
const series = fc.nat(200);
const value = fc.oneof(
  fc.constantFrom(0, ...BUCKETS),
  fc.double({ min: 0, max: 3, noNaN: true, noDefaultInfinity: true }),
);
const policyOf = (number: number) => ({ policy: `pack/"${number}"` });

async function lines(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split("\n").toSorted();
}

test("a numbered histogram reads as prom-client's own with the same values, each time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.tuple(series, value))), async (readings) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const numbered = new NumberedHistogram(
        { ...CONFIGURATION, buckets: BUCKETS, registers: [ours] },
        policyOf,
      );
      const histogram = new Histogram({ ...CONFIGURATION, buckets: BUCKETS, registers: [theirs] });
      for (const values of readings) {
        for (const [number, seconds] of values) {
          numbered.add(number, seconds);
          histogram.observe(policyOf(number), seconds);
        }
        expect(await lines(ours)).toEqual(await lines(theirs));
        expect(await ours.getMetricsAsJSON()).toHaveLength(1);
      }
    }),
  );
});

test("a numbered counter reads as prom-client's own with the same values, each time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(series), fc.array(fc.array(series)), async (shown, readings) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      const numbered = new NumberedCounter({ ...CONFIGURATION, registers: [ours] }, policyOf);
      const counter = new Counter({ ...CONFIGURATION, registers: [theirs] });
      for (const number of shown) {
        numbered.show(number);
        counter.inc(policyOf(number), 0);
      }
      for (const added of readings) {
        for (const number of added) {
          numbered.add(number);
          counter.inc(policyOf(number));
        }
        expect(await lines(ours)).toEqual(await lines(theirs));
      }
    }),
  );
});
