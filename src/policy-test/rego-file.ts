import { relative } from "node:path";
import type { SourceFile } from "../build/collect.ts";
import { BuildError } from "../build/build-error.ts";
import { mapConcurrently } from "../build/concurrency.ts";
import { parseTree } from "../build/dialect.ts";
import { stage, type Workspace } from "../build/workspace.ts";
import { PortcullisError } from "../error.ts";
import { Module, type Rule } from "./rego-tree.ts";

/** A file of policies or of tests, parsed. */
export interface RegoFile {
  /** Relative to the policy root. */
  readonly path: string;
  readonly dialect: "v0" | "v1";
  readonly text: string;
  readonly module: Module;
}

export function isTestFile({ path }: Pick<RegoFile, "path">): boolean {
  return path.endsWith("_test.rego");
}

/** Parses the staged files that are Rego. Throws BuildError with everything that is wrong with them. */
export async function parseRego(
  workspace: Workspace,
  sources: readonly SourceFile[],
  parallel: number,
): Promise<readonly RegoFile[]> {
  const rego = sources.filter(({ path }) => path.endsWith(".rego"));
  const parsed = await mapConcurrently(rego, parallel, async ({ path, content }) => {
    const result = await parseTree(workspace, path, "with comments");
    return "tree" in result ? regoFile(path, content, result) : result;
  });
  const problems = parsed.flatMap((result) => ("module" in result ? [] : result));
  if (problems.length > 0) throw new BuildError(problems);
  return parsed.filter((result) => "module" in result);
}

function regoFile(
  path: string,
  content: Uint8Array,
  { dialect, tree }: { readonly dialect: "v0" | "v1"; readonly tree: string },
): RegoFile {
  const module = Module.safeParse(JSON.parse(tree));
  if (module.success) return { path, dialect, text: new TextDecoder().decode(content), module: module.data };
  throw new PortcullisError("OPA_FAILED", {
    message: `OPA's syntax tree of ${path} cannot be read: ${module.error.message}.`,
    remedy: "This is a fault of Portcullis: please report it with the file.",
    cause: module.error,
  });
}

/** Where a place of the syntax tree is in the text, as an index of UTF-16 units. */
export function indexOf(
  { text }: Pick<RegoFile, "text">,
  { row, col }: { readonly row: number; readonly col: number },
): number {
  let start = 0;
  for (let line = 1; line < row; line += 1) start = text.indexOf("\n", start) + 1;
  let index = start;
  for (let left = col - 1; left > 0; left -= 1) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return index;
}

/** The parts of the package's name without `data`. */
export function packagePath({ module }: RegoFile): readonly string[] {
  return module.package.path.slice(1).map(({ value }) => String(value));
}

/** Puts texts in the place of staged files, by their paths. */
export async function stageTexts(workspace: Workspace, texts: ReadonlyMap<string, string>): Promise<void> {
  const encoder = new TextEncoder();
  await stage(
    workspace,
    [...texts].map(([path, text]) => ({ path, content: encoder.encode(text) })),
  );
}

/** The rule in which OPA found something wrong; undefined if it is in none of these files' rules. */
export function ruleAt(
  workspace: Pick<Workspace, "root">,
  files: readonly RegoFile[],
  { position }: PortcullisError,
): { readonly file: RegoFile; readonly rule: Rule } | undefined {
  const { file: named = "", line = 0 } = position ?? {};
  const file = files.find(({ path }) => path === pathOf(workspace, named));
  const rule = file?.module.rules?.findLast(({ location }) => location.row <= line);
  if (file === undefined || rule === undefined) return undefined;
  const end = rule.location.row + rule.location.text.split("\n").length;
  return line < end ? { file, rule } : undefined;
}

/** The path of a file in a message, below the policy root. */
export function pathOf({ root }: Pick<Workspace, "root">, file: string): string {
  return relative(root, file).replaceAll("\\", "/");
}
