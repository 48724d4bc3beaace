import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseTarGzip } from "nanotar";
import { cacheFolder } from "../src/build/cache-folder.ts";
import { OPA_VERSION, opaFileName } from "../src/build/opa/release.ts";

/** A compiled module and its base documents, as an OPA bundle holds them. */
export interface CompiledRego {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly data: string;
}

const compiled = new Map<string, Promise<CompiledRego>>();

/** The OPA that tests compile with: `$OPA`, the PATH or Portcullis' cache; undefined if there is none. */
export function findOpa(): string | undefined {
  const cache = cacheFolder(process.env, process.platform, homedir());
  const candidates = [
    process.env["OPA"],
    ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "opa")),
    join(cache, "opa", OPA_VERSION, opaFileName(process.platform)),
  ];
  return candidates.find((path) => path !== undefined && path !== "" && existsSync(path));
}

/** Runs OPA with the arguments, in a folder, and gives its standard output. Throws with all its output if it fails. */
export function runOpa(args: readonly string[], cwd = tmpdir()): string {
  const opa = findOpa();
  if (opa === undefined)
    throw new Error(`Tests need OPA ${OPA_VERSION}: set OPA to its path or put it on the PATH.`);
  const { status, stdout, stderr } = spawnSync(opa, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0)
    throw new Error(`opa ${args.join(" ")} ended with status ${String(status)}:\n${stdout}${stderr}`);
  return stdout;
}

/**
 * Compiles Rego to WebAssembly. `modules` are sources by file name, JSON files (`data.json`) among them; an entrypoint is
 * a path such as `example/deny`. The same content is compiled once for each test file.
 */
export function compileRego(
  modules: Readonly<Record<string, string>>,
  entrypoints: readonly string[],
  flags: readonly string[] = [],
): Promise<CompiledRego> {
  const key = JSON.stringify([modules, entrypoints, flags]);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const result = build(modules, entrypoints, flags);
  compiled.set(key, result);
  return result;
}

async function build(
  modules: Readonly<Record<string, string>>,
  entrypoints: readonly string[],
  flags: readonly string[],
): Promise<CompiledRego> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-rego-"));
  try {
    const sources = join(folder, "sources");
    for (const [name, text] of Object.entries(modules)) {
      mkdirSync(dirname(join(sources, name)), { recursive: true });
      writeFileSync(join(sources, name), text);
    }
    const bundle = join(folder, "bundle.tar.gz");
    const wanted = entrypoints.flatMap((entrypoint) => ["-e", entrypoint]);
    // Run inside the folder, so that positions in errors are relative to it.
    runOpa(["build", "-t", "wasm", ...flags, ...wanted, "-o", bundle, "-b", "."], sources);
    return await unpack(new Uint8Array(readFileSync(bundle)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function unpack(bundle: Uint8Array): Promise<CompiledRego> {
  const files = await parseTarGzip(bundle);
  const find = (name: string): Uint8Array<ArrayBuffer> | undefined => {
    const data = files.find((file) => file.name.replace(/^\//, "") === name)?.data;
    return data === undefined ? undefined : new Uint8Array(data);
  };
  const wasm = find("policy.wasm");
  if (wasm === undefined) throw new Error("`opa build` wrote a bundle without policy.wasm.");
  return { wasm, data: new TextDecoder().decode(find("data.json") ?? new TextEncoder().encode("{}")) };
}
