import { expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import { instantiate } from "./instance.ts";
import { PAGE_BYTES, wasm } from "./web-assembly.ts";

const MIB = 2 ** 20;

test("documents take no more room, however often one is changed between evaluations", async () => {
  const compiled = await compileRego({ "p.rego": "package p\n\nx := data.a\n" }, ["p/x"]);
  const layout = { pages: (8 * MIB) / PAGE_BYTES, dataBytes: MIB, evaluationBytes: MIB };
  const program = { module: new wasm.Module(compiled.wasm), layout, file: "bundle.tar.gz" };
  const encoder = new TextEncoder();
  const json = encoder.encode('{"a":{"other":"x"}}');
  const { abi, documents, evaluationStart } = instantiate(program, { kind: "json", json });
  const value = encoder.encode(JSON.stringify({ text: "t".repeat(1_000), list: Array(100).fill("item") }));
  const change = (round: number): void => {
    documents.setPath(["a", "one", `n${round % 3}`], value);
    if (round % 2 === 0) documents.removePath(["a", "one", `n${round % 3}`]);
    // What every evaluation begins with.
    abi.opa_heap_ptr_set(evaluationStart);
  };
  for (let round = 0; round < 20; round += 1) change(round);
  const { end } = documents.place;
  for (let round = 0; round < 200; round += 1) change(round);
  expect(documents.place.end - end).toBeLessThan(value.length);
  expect(documents.isTooLarge).toBe(false);
});
