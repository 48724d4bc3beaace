import { availableParallelism } from "node:os";
import { PortcullisError } from "../error.ts";
import type { SourceFile } from "./collect.ts";
import { mapConcurrently } from "./concurrency.ts";
import { opaErrors } from "./opa-errors.ts";
import { Module, type ParsedFile } from "./syntax.ts";
import type { Workspace } from "./workspace.ts";

type Dialect = ParsedFile["dialect"];

/**
 * Parses every Rego file as v1 and, where that fails, as v0: rules written before OPA 1.0 are used as they are.
 * A file that is neither yields the errors of v1.
 */
export async function parseFiles(
  workspace: Workspace,
  sources: readonly SourceFile[],
): Promise<{ readonly files: readonly ParsedFile[]; readonly problems: readonly PortcullisError[] }> {
  const rego = sources.filter(({ path }) => path.endsWith(".rego"));
  const parsed = await mapConcurrently(rego, availableParallelism(), (source) =>
    parseFile(workspace, source),
  );
  return {
    files: parsed.filter((result) => "module" in result),
    problems: parsed.flatMap((result) => ("module" in result ? [] : result)),
  };
}

async function parseFile(
  workspace: Workspace,
  { path, content }: SourceFile,
): Promise<ParsedFile | readonly PortcullisError[]> {
  const asV1 = await parse(workspace, path, "v1");
  if (asV1.code === 0) return parsedFile(path, content, "v1", asV1.stdout);
  const asV0 = await parse(workspace, path, "v0");
  if (asV0.code === 0) return parsedFile(path, content, "v0", asV0.stdout);
  return opaErrors(asV1, workspace.root, (message) => ({
    code: "REGO_INVALID",
    message: `This is no valid Rego: ${message}.`,
    remedy: "Correct the rule; OPA reads it as Rego v1, and as v0 it is not valid either.",
  }));
}

function parse(workspace: Workspace, path: string, dialect: Dialect) {
  const flags = ["--format", "json", "--json-include", "locations,-comments"];
  if (dialect === "v0") flags.push("--v0-compatible");
  return workspace.opa(["parse", ...flags, `./${path}`]);
}

function parsedFile(path: string, content: Uint8Array, dialect: Dialect, tree: string): ParsedFile {
  return {
    path,
    dialect,
    lines: new TextDecoder().decode(content).split(/\r?\n/),
    module: Module.parse(JSON.parse(tree)),
  };
}
