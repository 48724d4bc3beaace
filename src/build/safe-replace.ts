import type { SourceFile } from "./collect.ts";
import { formatPackage, isTerm, packageParts, refNames, refTerms, type ParsedFile } from "./syntax.ts";

/**
 * `replace` with an empty pattern never ends in OPA's WebAssembly runtime (1.22), so an object that decides the
 * pattern could stop a server. A rule of the package hides a builtin of its name, so a file with this rule is staged
 * beside each package that calls `replace` with anything but a literal that is not empty. It gives what OPA gives.
 */
const RULE = "replace(text, old, new) := strings.replace_n({old: new}, text)\n";

/** The files to stage, each named so that no policy is likely to have the name. */
export function safeReplaceFiles(files: readonly ParsedFile[]): readonly SourceFile[] {
  const packages = Map.groupBy(files, ({ module }) => formatPackage(packageParts(module)));
  const needed = [...packages].filter(([, parts]) => parts.some(callsUnsafely) && !parts.some(namesReplace));
  return needed.map(([name], index) => ({
    path: `portcullis-safe-replace/${index}.rego`,
    content: new TextEncoder().encode(`package ${name}\n\n${RULE}`),
  }));
}

/** A rule or an import of that name: then `replace` is not the builtin. */
function namesReplace({ module }: ParsedFile): boolean {
  const rules = (module.rules ?? []).map(({ head }) => refNames(head.ref)[0]);
  const imports = (module.imports ?? []).map(
    ({ path, alias }) => alias ?? refNames(refTerms(path) ?? []).at(-1),
  );
  return [...rules, ...imports].includes("replace");
}

function callsUnsafely({ module }: ParsedFile): boolean {
  return hasUnsafeCall(module.rules ?? []);
}

/** A call is a list of its operator and its operands, as an expression and as a term. */
function hasUnsafeCall(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node) && isReplace(node[0]) && !isSafePattern(node[2])) return true;
  return Object.values(node).some(hasUnsafeCall);
}

function isReplace(operator: unknown): boolean {
  const terms = refTerms(operator);
  return terms?.length === 1 && refNames(terms)[0] === "replace";
}

function isSafePattern(term: unknown): boolean {
  return isTerm(term) && term.type === "string" && term.value !== "";
}
