import { expect, test } from "@jest/globals";
import { compileRego } from "../../test/compile-rego.ts";
import { builtinCache, CACHES, findBuiltinCache } from "./builtin-cache.ts";
import { instantiate, type PolicyInstance } from "./instance.ts";
import { PAGE_BYTES, wasm, type WasmModule } from "./web-assembly.ts";

const SOURCE = `package p

x := regex.match("^a+$", input.text)
`;

async function compiledModule(): Promise<WasmModule> {
  return new wasm.Module((await compileRego({ "p.rego": SOURCE }, ["p/x"])).wasm);
}

function instanceOf(module: WasmModule): PolicyInstance {
  const json = new TextEncoder().encode("{}");
  const layout = { pages: (4 * 2 ** 20) / PAGE_BYTES, dataBytes: 2 ** 16, evaluationBytes: 2 ** 20 };
  return instantiate({ module, layout, file: "bundle.tar.gz" }, { kind: "json", json });
}

test("the place is found in a module of OPA, whose memory stays as it was", async () => {
  const { abi, bytes } = instanceOf(await compiledModule());
  const before = bytes.slice(0, abi.opa_heap_ptr_get());
  expect(findBuiltinCache(abi, bytes)).toBeGreaterThan(0);
  expect(Buffer.compare(before, bytes.subarray(0, before.length))).toBe(0);
});

test("it is where a rule that compiles a pattern leaves a pointer", async () => {
  const module = await compiledModule();
  const { abi, bytes, context, evaluationStart } = instanceOf(module);
  const place = builtinCache(module, abi, bytes) ?? 0;
  const pointers = (): readonly number[] => [...new Uint32Array(bytes.buffer, place, CACHES)];
  const text = new TextEncoder().encode('{"text":"aa"}');
  abi.opa_heap_ptr_set(evaluationStart);
  const address = abi.opa_malloc(text.length);
  bytes.set(text, address);
  abi.opa_eval_ctx_set_input(context, abi.opa_json_parse(address, text.length));
  expect(pointers()).toEqual(Array(CACHES).fill(0));
  abi.eval(context);
  expect(pointers().filter((pointer) => pointer > evaluationStart)).toHaveLength(1);
});

test.each([
  ["no run of zeros is long enough", [[64, 28]]],
  ["only a run out of step with words is", [[63, 32]]],
  [
    "two are",
    [
      [64, 32],
      [128, 32],
    ],
  ],
])("it is unknown where %s", async (_, runs) => {
  const { abi } = instanceOf(await compiledModule());
  const bytes = new Uint8Array(256);
  const zeroing = {
    ...abi,
    opa_heap_ptr_get: () => 256,
    opa_heap_ptr_set: () => {
      for (const [start = 0, length = 0] of runs) bytes.fill(0, start, start + length);
      return 0;
    },
  };
  expect(findBuiltinCache(zeroing, bytes)).toBeUndefined();
});
