import { writeFile } from "node:fs/promises";
import { z } from "zod";
import type { PortcullisError } from "../error.ts";
import { capabilities, LEFT_OUT } from "../engine/index.ts";
import { opaErrors, opaFailed, type Diagnosis } from "./opa-errors.ts";
import type { Workspace } from "./workspace.ts";

const Capabilities = z.object({ builtins: z.array(z.object({ name: z.string() })) });

/**
 * Lets OPA compile everything with what the engine can do, and gives what it finds. Leaves the capabilities in the
 * workspace, where the compiler takes them from.
 */
export async function checkPolicies(workspace: Workspace): Promise<readonly PortcullisError[]> {
  const builtins = await writeCapabilities(workspace);
  const flags = ["--format", "json", "--max-errors", "1000", "--capabilities", workspace.capabilitiesFile];
  const ended = await workspace.opa(["check", "--bundle", ...flags, "."]);
  return ended.code === 0 ? [] : opaErrors(ended, workspace.root, (message) => diagnose(message, builtins));
}

/** Gives the names of all builtins that OPA itself has. */
async function writeCapabilities(workspace: Workspace): Promise<ReadonlySet<string>> {
  const ended = await workspace.opa(["capabilities", "--current"]);
  if (ended.code !== 0) throw opaFailed(ended);
  const current: unknown = JSON.parse(ended.stdout);
  await writeFile(workspace.capabilitiesFile, JSON.stringify(capabilities(current)));
  return new Set(Capabilities.parse(current).builtins.map(({ name }) => name));
}

function reasonFor(builtin: string): string {
  const reason = LEFT_OUT.get(builtin);
  return reason === undefined ? "" : `: ${reason}`;
}

function diagnose(message: string, builtins: ReadonlySet<string>): Diagnosis {
  const name = /^undefined function (\S+)$/.exec(message)?.[1];
  if (name !== undefined && builtins.has(name)) {
    return {
      code: "BUILTIN_MISSING",
      message: `The builtin function \`${name}\` cannot be used in an admission policy${reasonFor(name)}.`,
      remedy: "Write the rule without it; docs/reference/builtins.md lists what there is.",
    };
  }
  if (message.startsWith("conflicting rule for data path")) {
    return {
      code: "DATA_INVALID",
      message: `A data file has a value at the place of this rule: ${message}.`,
      remedy: "Rename the key in data.json or data.yaml, or move that file into a folder of its own.",
    };
  }
  return {
    code: "REGO_INVALID",
    message: `OPA does not accept this: ${message}.`,
    remedy: "Correct the rule; `opa check` on the same file says the same.",
  };
}
