import { afterEach, expect, jest, test } from "@jest/globals";
import { GoError } from "../go/error.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import { availableOrReason } from "./for-tests.ts";

const told = jest.spyOn(process.stderr, "write").mockReturnValue(true);

afterEach(() => {
  told.mockClear();
});

test("what can be had is given, and nothing is told", async () => {
  expect(await availableOrReason("all", Promise.resolve(1))).toEqual({ kind: "available", value: 1 });
  expect(told).not.toHaveBeenCalled();
});

test.each([
  ["the control plane", new ControlPlaneError("It is not there."), "It is not there."],
  ["Go", new GoError("there is no Go: install it"), "there is no Go: install it."],
])("what %s cannot give is told as one sentence", async (_, error, sentence) => {
  expect(await availableOrReason("all", Promise.reject(error))).toEqual({ kind: "missing" });
  expect(told.mock.calls).toEqual([[`skipped: all: ${sentence}\n`]]);
});

test("any other failure is no reason to skip", async () => {
  await expect(availableOrReason("all", Promise.reject(new TypeError("no")))).rejects.toThrow(TypeError);
});
