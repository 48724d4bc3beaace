import { createHash } from "node:crypto";
import { ERASED_BUILTINS, NATIVE_BUILTINS } from "../engine/builtins/capabilities.ts";
import { BUILTINS } from "../engine/builtins/registry.ts";
import type { SourceFile } from "./collect.ts";
import { OPA_VERSION } from "./opa/release.ts";

/** Raise it whenever the same files give another bundle than before: then cached bundles are not used any more. */
const BUILD_FORMAT = 1;

/**
 * The revision of the bundle that these files give, on any machine: `sha256:` and 64 hexadecimal digits.
 * `packName` is the root's own name, which only counts if a policy lies directly in the root.
 */
export function revisionOf(sources: readonly SourceFile[], packName: string): string {
  const hash = createHash("sha256");
  const flat = sources.some(({ path }) => !path.includes("/") && path.endsWith(".rego"));
  const builtins = [...NATIVE_BUILTINS, ...ERASED_BUILTINS, ...BUILTINS.keys()].sort();
  hash.update(JSON.stringify([BUILD_FORMAT, OPA_VERSION, builtins, flat ? packName : ""]));
  for (const { path, content } of sources) {
    hash.update(JSON.stringify([path, content.length]));
    hash.update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}
