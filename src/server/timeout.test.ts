import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { answerWithin } from "./timeout.ts";

test.each([
  ["/validate?timeout=10s", 9_500],
  ["/validate?timeout=5s", 4_750],
  ["/validate?timeout=1s", 950],
  ["/validate?timeout=200ms", 160],
  ["/validate?timeout=1.5s", 1_425],
  ["/validate?timeout=1m0s", 29_500],
  ["/validate?timeout=30s", 29_500],
  ["/validate?a=b&timeout=2s&timeout=9s", 1_900],
])("%s leaves %i ms", (url, expected) => {
  expect(answerWithin(url)).toBeCloseTo(expected);
});

test.each([
  "",
  "?timeout=",
  "?timeout=0s",
  "?timeout=-3s",
  "?timeout=3",
  "?timeout=soon",
  "?timeout=3s%20",
  "?x",
])("'/mutate%s' leaves what the default timeout does", (query) => {
  expect(answerWithin(`/mutate${query}`)).toBe(9_500);
});

test("what is left is more than 0 and most of the timeout, whatever the URL", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^([0-9.]{1,9}(ns|us|ms|s|m|h)){1,3}$/)), (text) => {
      const left = answerWithin(`/validate?timeout=${text}`);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(29_500);
    }),
  );
});
