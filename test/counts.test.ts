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

test("the last line of portcullis test is counted, with what differs from OPA", () => {
  const last = "9 tests: 3 passed, 1 failed, 2 errors, 3 skipped, 4 differ from opa test · 1.50 s";
  const output = `Compiling the tests in policies.\n✗ failed shop/size: test_x\n\n${last}\n`;
  expect(count("portcullis", { code: 3, output })).toEqual({ passed: 3, failed: 7, skipped: 3 });
  const all = "9 tests: 9 passed, 0 failed, 0 errors, the same with opa test · 1.50 s\n";
  expect(count("portcullis", { code: 0, output: all })).toEqual({ passed: 9, failed: 0, skipped: 0 });
  expect(count("portcullis", { code: 2, output: "error: no" })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
