import { expect, test } from "@jest/globals";
import { count } from "./counts.ts";

test("a check counts as one test", () => {
  expect(count("check", { code: 0, output: "" })).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(count("check", { code: 2, output: "" })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("jest's line of totals is read", () => {
  const output =
    "Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 2 skipped, 30 passed, 33 total\n";
  expect(count("jest", { code: 1, output })).toEqual({ passed: 30, failed: 1, skipped: 2 });
});

test("a suite that could not be loaded is a failure although jest counts no test of it", () => {
  const output = "Test Suites: 2 failed, 2 passed, 4 total\nTests:       30 passed, 30 total\n";
  expect(count("jest", { code: 1, output }).failed).toBe(2);
});

test("a runner that dies without a word is a failure", () => {
  expect(count("jest", { code: 137, output: "" })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("OPA's results are counted by their marks", () => {
  const output = JSON.stringify([{ name: "a" }, { name: "b", fail: true }, { name: "c", skip: true }]);
  expect(count("opa", { code: 2, output })).toEqual({ passed: 1, failed: 1, skipped: 1 });
});
