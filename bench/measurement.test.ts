import { expect, test } from "@jest/globals";
import { aim, median, ratioOf, render, type Measurement } from "./measurement.ts";

const measurement: Measurement = {
  title: "speed",
  columns: [{ key: "rate", label: "requests/s", digits: 0, ratio: true }],
  // A slow second in the last round touches both.
  rows: {
    ours: [{ rate: 300 }, { rate: 330 }, { rate: 100 }],
    theirs: [{ rate: 100 }, { rate: 100 }, { rate: 40 }],
  },
  reference: "theirs",
  aims: [aim("twice theirs", 3, { least: 2 }), aim("at most 1", 3, { most: 1 })],
  notes: [],
};

test("the median is the middle value, whatever the order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([100, 9, 20])).toBe(20);
});

test("ratios are taken within each round", () => {
  expect(ratioOf(measurement, ["ours", "theirs"], "rate")).toBe(3);
});

test("the table has medians, ratios and what became of the aims", () => {
  expect(render(measurement)).toBe(`
speed
          requests/s  ÷ theirs
  ours           300      3.00
  theirs         100      1.00
  met     twice theirs: 3.00
  MISSED  at most 1: 3.00
`);
});
