import { expect, test } from "@jest/globals";
import { wasm } from "../engine/web-assembly.ts";
import { TimeLimit } from "./time-limit.ts";

/** A module whose function `f` loops for ever. */
const LOOP = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64,
  12, 0, 11, 11,
]);

function endless(): void {
  for (;;);
}

test("work that ends gives its value, undefined among them, and what it throws", () => {
  const limit = new TimeLimit();
  expect(limit.run(60_000, () => 7)).toEqual({ kind: "ended", value: 7 });
  expect(limit.run(60_000, () => undefined)).toEqual({ kind: "ended", value: undefined });
  expect(() =>
    limit.run(60_000, () => {
      throw new Error("mine");
    }),
  ).toThrow("mine");
});

test("work that does not end is broken off, in JavaScript and in WebAssembly, and the next one runs", () => {
  const limit = new TimeLimit();
  expect(limit.run(20, endless)).toEqual({ kind: "stopped", worked: expect.any(Number) });
  const { f } = new wasm.Instance(new wasm.Module(LOOP), { env: {} }).exports;
  expect(typeof f).toBe("function");
  expect(limit.run(20, () => (typeof f === "function" ? Boolean(f()) : false))).toMatchObject({
    kind: "stopped",
  });
  expect(limit.run(60_000, () => "alive")).toEqual({ kind: "ended", value: "alive" });
});
