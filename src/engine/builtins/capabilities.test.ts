// oxlint-disable jest/no-standalone-expect -- the rule does not see that `withOpa` is `test` or `test.skip`
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { compileRego, findOpa, runOpa } from "../../../test/compile-rego.ts";
import { readAbi, readText } from "../abi.ts";
import { type Host, importsOf } from "../host.ts";
import { importedMemoryPages } from "../memory-import.ts";
import { parseValue } from "../parse.ts";
import { RegoObject } from "../value.ts";
import { wasm as webAssembly } from "../web-assembly.ts";
import { capabilities, ERASED_BUILTINS, isSupported, LEFT_OUT, NATIVE_BUILTINS } from "./capabilities.ts";
import { BUILTINS } from "./registry.ts";

interface Declaration {
  readonly name: string;
  readonly decl: { readonly args?: readonly unknown[]; readonly variadic?: unknown };
}

const hasOpa = findOpa() !== undefined;
if (!hasOpa)
  console.warn("Skipped: the comparison with OPA's own lists, since there is no OPA ($OPA, PATH).");
const withOpa = hasOpa ? test : test.skip;

function currentCapabilities(): { readonly builtins: readonly Declaration[] } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a border: the shape of what the pinned OPA prints.
  return JSON.parse(runOpa(["capabilities", "--current"])) as { readonly builtins: readonly Declaration[] };
}

/** A rule that calls the builtin with as many arguments of any type as it takes. */
function callOf({ name, decl }: Declaration, index: number): string {
  const args = (decl.args ?? []).map((_, position) => `input.a${position}`).join(", ");
  return `rows["${index}"] := ${name}(${args})`;
}

/** The builtins that a module wants from its host. */
function externalBuiltins(wasm: Uint8Array<ArrayBuffer>): ReadonlySet<string> {
  const pages = importedMemoryPages(wasm) ?? 0;
  const host: Host = { memory: new webAssembly.Memory({ initial: pages, maximum: pages + 16 }) };
  const abi = readAbi(new webAssembly.Instance(new webAssembly.Module(wasm), importsOf(host)));
  if (abi === undefined) throw new Error("OPA compiled a module without its own exports.");
  const table = parseValue(readText(host.memory, abi.opa_value_dump(abi.builtins())));
  return new Set(table instanceof RegoObject ? table.entries.map(([name]) => JSON.stringify(name)) : []);
}

describe("the builtins that policies may call", () => {
  withOpa("are, as native ones, exactly those that OPA compiles into the module", async () => {
    // Erased ones cannot be called so, and calls of five arguments cannot be compiled.
    const callable = currentCapabilities().builtins.filter(
      ({ name, decl }) => !ERASED_BUILTINS.has(name) && (decl.args ?? []).length < 5,
    );
    const source = ["package all", ...callable.map(callOf), ""].join("\n");
    const { wasm } = await compileRego({ "all.rego": source }, ["all/rows"], ["--v0-compatible"]);
    const external = externalBuiltins(wasm);
    const native = callable.map(({ name }) => name).filter((name) => !external.has(JSON.stringify(name)));
    expect(native.sort()).toEqual([...NATIVE_BUILTINS].sort());
  });

  withOpa("are all known to OPA, which also knows the rest of the document", () => {
    const current = currentCapabilities();
    const ours = capabilities(current);
    const names = new Set(current.builtins.map(({ name }) => name));
    expect(
      [...NATIVE_BUILTINS, ...ERASED_BUILTINS, ...BUILTINS.keys()].filter((name) => !names.has(name)),
    ).toEqual([]);
    expect(ours.builtins.every(({ name }) => isSupported(name))).toBe(true);
    expect({ ...ours, builtins: current.builtins }).toEqual(current);
  });

  withOpa("are, with those that are left out by name, all that OPA has", () => {
    const names = currentCapabilities().builtins.map(({ name }) => name);
    expect(names.filter((name) => !isSupported(name))).toEqual([...LEFT_OUT.keys()]);
  });

  test("leave out what neither OPA nor the host brings", () => {
    const current = {
      builtins: [{ name: "sprintf" }, { name: "http.send" }, { name: "count" }],
      features: ["rego_v1"],
    };
    expect(capabilities(current)).toEqual({
      builtins: [{ name: "sprintf" }, { name: "count" }],
      features: ["rego_v1"],
    });
  });

  test.each([null, [], {}, { builtins: [1] }])("cannot be had from %j", (current) => {
    expect(() => capabilities(current)).toThrow(TypeError);
  });
});

describe("opa build with the capabilities", () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-capabilities-"));
  const file = join(folder, "capabilities.json");
  const build = (source: string): Promise<unknown> =>
    compileRego({ "p.rego": source }, ["p/x"], ["--capabilities", file]);

  beforeAll(() => {
    if (hasOpa) writeFileSync(file, JSON.stringify(capabilities(currentCapabilities())));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  withOpa("takes what is erased: print, METADATA and unification", async () => {
    const body = ['print("seen")', "rego.metadata.rule()", "[a, _] = [1, 2]", "a == 1", "b := a", "b in {1}"];
    await build(`package p\n\nx if {\n\t${body.join("\n\t")}\n}\n`);
  });

  withOpa("refuses another builtin and says where", async () => {
    const refused = build("package p\n\nx := http.send(input.request)\n");
    await expect(refused).rejects.toThrow("p.rego:3: rego_type_error: undefined function http.send");
  });
});
