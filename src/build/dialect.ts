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
  const parsed = await parseTree(workspace, path);
  return "tree" in parsed ? parsedFile(path, content, parsed.dialect, parsed.tree) : parsed;
}

/** The JSON of a file's syntax tree with locations and their texts; comments only if they are wanted. */
export async function parseTree(
  workspace: Workspace,
  path: string,
  comments: "with comments" | "without comments" = "without comments",
): Promise<{ readonly dialect: Dialect; readonly tree: string } | readonly PortcullisError[]> {
  const include = comments === "with comments" ? "locations,comments" : "locations,-comments";
  const asV1 = await parse(workspace, path, "v1", include);
  if (asV1.code === 0) return { dialect: "v1", tree: asV1.stdout };
  const asV0 = await parse(workspace, path, "v0", include);
  if (asV0.code === 0) return { dialect: "v0", tree: asV0.stdout };
  return opaErrors(asV1, workspace.root, (message) => ({
    code: "REGO_INVALID",
    message: `This is no valid Rego: ${message}.`,
    remedy: "Correct the rule; OPA reads it as Rego v1, and as v0 it is not valid either.",
  }));
}

function parse(workspace: Workspace, path: string, dialect: Dialect, include: string) {
  const flags = ["--format", "json", "--json-include", include];
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
