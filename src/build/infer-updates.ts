import type { Updates } from "../policy/rule.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { isTerm, overlap, packageParts, referencesIn, type ParsedFile } from "./syntax.ts";
import { comparedValues } from "./tested-values.ts";
import { OPERATION_PATHS } from "./infer-match.ts";

/**
 * What a policy without `updates` denies an UPDATE for. One whose rules ask for the old object, for the user or for the
 * operation UPDATE alone is about the change and not about the object: it finds the same in the old object, which says
 * nothing. In libraries only the user counts: to compare with the old object is how they leave out what did not change.
 */
export function inferUpdates(policy: PolicyPackage, files: readonly ParsedFile[]): Updates {
  const operations = comparedValues(policy, OPERATION_PATHS);
  const isAboutChange =
    (operations.has("UPDATE") && !operations.has("CREATE")) ||
    mentions(policy.files, ["userInfo", "oldObject"]) ||
    mentions(librariesOf(policy, files), ["userInfo"]);
  return isAboutChange ? "all-violations" : "new-violations-only";
}

function mentions(files: readonly ParsedFile[], names: readonly string[]): boolean {
  return files.some(({ module }) => hasText(module.rules ?? [], names));
}

/** Whether a text is anywhere in a piece of syntax: in `input.request.userInfo` as in `object.get(input, ["request", "userInfo"], {})`. */
function hasText(node: unknown, texts: readonly string[]): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (isTerm(node) && node.type === "string") return texts.includes(String(node.value));
  return Object.values(node).some((child) => hasText(child, texts));
}

/** The files of other packages that a policy can refer to, and that these can. */
function librariesOf(policy: PolicyPackage, files: readonly ParsedFile[]): readonly ParsedFile[] {
  const found = new Set<ParsedFile>(policy.files);
  // A set that grows while it is walked is walked to its end.
  for (const { module } of found) {
    const named = [...referencesIn(module)].flatMap(([root, ...rest]) => (root === "data" ? [rest] : []));
    for (const file of files)
      if (named.some((name) => overlap(name, packageParts(file.module)))) found.add(file);
  }
  return [...found].filter((file) => !policy.files.includes(file));
}
