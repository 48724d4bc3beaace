import { opaFailed } from "./opa-errors.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { RULES, type Rule } from "../policy/rule.ts";
import type { Ended } from "./opa/run.ts";
import type { Workspace } from "./workspace.ts";

/** The entrypoint of each rule of a policy, e.g. `{ deny: "pod_security/privileged/deny" }`. */
export function entrypointsOf({ parts, rules }: PolicyPackage): Partial<Record<Rule, string>> {
  return Object.fromEntries(
    RULES.filter((rule) => rules.includes(rule)).map((rule) => [rule, [...parts, rule].join("/")]),
  );
}

/** Compiles the checked workspace into its `bundleFile`. Throws OPA_FAILED. */
export async function compile(workspace: Workspace, policies: readonly PolicyPackage[]): Promise<void> {
  const ended = await compileEntrypoints(
    workspace,
    policies.flatMap((policy) => Object.values(entrypointsOf(policy))),
  );
  if (ended.code !== 0) throw opaFailed(ended);
}

/**
 * Has OPA compile the checked workspace with these entrypoints into its `bundleFile`. Without optimisation: `-O1` is
 * slower in WebAssembly and `-O2` rejects valid policies (DESIGN section 3).
 */
export function compileEntrypoints(workspace: Workspace, entrypoints: readonly string[]): Promise<Ended> {
  const { capabilitiesFile, bundleFile } = workspace;
  const target = ["--target", "wasm", "--wasm-include-print", "--optimize", "0"];
  const flags = ["--bundle", ...target, "--capabilities", capabilitiesFile];
  const named = entrypoints.flatMap((entrypoint) => ["--entrypoint", entrypoint]);
  return workspace.opa(["build", ...flags, ...named, "--output", bundleFile, "."]);
}
