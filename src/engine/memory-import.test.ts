import { expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import { importedMemoryPages } from "./memory-import.ts";
import { wasm } from "./web-assembly.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const noop = (): number => 0;

test("the minimum is the one that instantiation insists on", async () => {
  const text = "x".repeat(300_000);
  const module = (await compileRego({ "p.rego": `package p\n\nx := "${text}"\n` }, ["p/x"])).wasm;
  const pages = importedMemoryPages(module) ?? 0;
  const instantiate = (initial: number): void => {
    const memory = new wasm.Memory({ initial, maximum: pages });
    const names = [
      "opa_abort",
      "opa_println",
      "opa_builtin0",
      "opa_builtin1",
      "opa_builtin2",
      "opa_builtin3",
      "opa_builtin4",
    ];
    const functions = Object.fromEntries(names.map((name) => [name, noop]));
    expect(
      new wasm.Instance(new wasm.Module(module), { env: { memory, ...functions } }).exports,
    ).toBeDefined();
  };
  expect(pages).toBeGreaterThan(4);
  instantiate(pages);
  expect(() => instantiate(pages - 1)).toThrow(/smaller than the declared initial/);
});

test("imports of every other kind are read over", () => {
  const name = [1, 0x6d, 1, 0x6e];
  const imports = [
    4,
    ...name,
    0,
    0,
    ...name,
    1,
    0x70,
    1,
    1,
    2,
    ...name,
    3,
    0x7f,
    0,
    ...name,
    2,
    0,
    0x81,
    0x02,
  ];
  const type = [1, 4, 1, 0x60, 0, 0];
  expect(importedMemoryPages(new Uint8Array([...HEADER, ...type, 2, imports.length, ...imports]))).toBe(257);
});

test("a module without a memory has no minimum", () => {
  expect(importedMemoryPages(new Uint8Array(HEADER))).toBeUndefined();
});
