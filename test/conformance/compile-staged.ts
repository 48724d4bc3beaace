import { readFile, writeFile } from "node:fs/promises";
import { parseTarGzip } from "nanotar";
import { z } from "zod";
import type { SourceFile } from "../../src/build/collect.ts";
import { opaErrors, opaFailed } from "../../src/build/opa-errors.ts";
import type { Workspace } from "../../src/build/workspace.ts";
import { capabilities } from "../../src/engine/builtins/capabilities.ts";
import type { Dialect } from "./test-case.ts";

/** Modules that belong together, by their path in a workspace, and what is asked of them. */
export interface Staged {
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: string;
}

/** What tells OPA the dialect of modules that lie in no bundle. */
export function flagsOf(dialect: Dialect): readonly string[] {
  return dialect === "v0" ? ["--v0-compatible"] : [];
}

/** OPA stops after ten errors unless told otherwise. */
const MAX_ERRORS = 100_000;

export function sourcesOf(staged: readonly Staged[]): readonly SourceFile[] {
  return staged.flatMap(({ files }) =>
    Object.entries(files).map(([path, text]) => ({ path, content: new TextEncoder().encode(text) })),
  );
}

const Capabilities = z.looseObject({ builtins: z.array(z.looseObject({ name: z.string() })) });

/** Writes what `portcullis build` lets policies call, and gives the names of all builtins that OPA has. */
export async function writeCapabilities({ opa, capabilitiesFile }: Workspace): Promise<readonly string[]> {
  const current = Capabilities.parse(JSON.parse((await opa(["capabilities", "--current"])).stdout));
  await writeFile(capabilitiesFile, JSON.stringify(capabilities(current)));
  return current.builtins.map(({ name }) => name);
}

/** What the compiler does not accept, and why. It works in stages and names the errors of the first that fails. */
export async function refusedBy<T extends Staged>(
  workspace: Workspace,
  staged: readonly T[],
  dialect: readonly string[],
): Promise<ReadonlyMap<T, string>> {
  const refused = new Map<T, string>();
  for (;;) {
    const left = staged.filter((one) => !refused.has(one));
    const found = left.length === 0 ? undefined : await refusedAtOnce(workspace, left, dialect);
    if (found === undefined) return refused;
    if (found.size === 0) return new Map([...refused, ...(await refusedInHalves(workspace, left, dialect))]);
    for (const [one, why] of found) refused.set(one, why);
  }
}

/** What the compiler names the first time; undefined if it is content. */
async function refusedAtOnce<T extends Staged>(
  workspace: Workspace,
  staged: readonly T[],
  dialect: readonly string[],
): Promise<ReadonlyMap<T, string> | undefined> {
  const flags = ["--format", "json", "--max-errors", String(MAX_ERRORS), ...withCapabilities(workspace)];
  const ended = await workspace.opa(["check", ...flags, ...dialect, ...fileNames(staged)]);
  if (ended.code === 0) return undefined;
  const errors = opaErrors(ended, workspace.root, (message) => ({
    code: "REGO_INVALID",
    message,
    remedy: "",
  }));
  const [only, ...others] = staged;
  if (only !== undefined && others.length === 0) return new Map([[only, errors[0]?.message ?? ended.stderr]]);
  const owners = new Map(staged.flatMap((one) => Object.keys(one.files).map((file) => [file, one] as const)));
  return new Map(
    errors.flatMap(({ position, message }) => {
      const owner = owners.get(position?.file ?? "");
      return owner === undefined ? [] : [[owner, message] as const];
    }),
  );
}

/** Some type errors have no place. */
async function refusedInHalves<T extends Staged>(
  workspace: Workspace,
  staged: readonly T[],
  dialect: readonly string[],
): Promise<ReadonlyMap<T, string>> {
  const middle = Math.ceil(staged.length / 2);
  const halves = [staged.slice(0, middle), staged.slice(middle)];
  const refused = new Map<T, string>();
  for (const half of halves)
    for (const [one, why] of await refusedBy(workspace, half, dialect)) refused.set(one, why);
  return refused;
}

/** Compiles staged modules, and `others` that the workspace has, as `portcullis build` compiles policies. */
export async function compileStaged(
  workspace: Workspace,
  staged: readonly Staged[],
  others: readonly string[],
  dialect: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { opa, bundleFile } = workspace;
  const target = ["--target", "wasm", "--optimize", "0", "--output", bundleFile];
  const entrypoints = staged.flatMap(({ entrypoint }) => ["--entrypoint", entrypoint]);
  const flags = [...target, ...withCapabilities(workspace), ...dialect, ...entrypoints];
  const ended = await opa(["build", ...flags, ...fileNames(staged), ...others]);
  if (ended.code !== 0) throw opaFailed(ended);
  const files = await parseTarGzip(new Uint8Array(await readFile(bundleFile)));
  const module = files.find(({ name }) => name.endsWith("policy.wasm"))?.data;
  if (module === undefined) throw new Error("OPA wrote a bundle without policy.wasm.");
  return new Uint8Array(module);
}

function withCapabilities({ capabilitiesFile }: Workspace): readonly string[] {
  return ["--capabilities", capabilitiesFile];
}

function fileNames(staged: readonly Staged[]): readonly string[] {
  return staged.flatMap(({ files }) => Object.keys(files));
}
