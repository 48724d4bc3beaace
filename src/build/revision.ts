import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { BUILTINS, ERASED_BUILTINS, NATIVE_BUILTINS } from "../engine/index.ts";
import type { SourceFile } from "./collect.ts";
import { OPA_VERSION } from "./opa/release.ts";

/**
 * Raise it whenever the same files give another bundle, or are refused where they were not: then cached bundles are not
 * used any more. Between releases nothing else tells them apart; a test notices when it was forgotten.
 */
export const BUILD_FORMAT = 5;

const Package = z.object({ version: z.string() });

/** Of this Portcullis. `src` and `dist` lie beside the same package.json, so both give the same revision. */
function portcullisVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return Package.parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

/**
 * The revision of the bundle that these files give, on any machine: `sha256:` and 64 hexadecimal digits.
 * `packName` is the root's own name, which only counts if a policy lies directly in the root; `version` is Portcullis'.
 */
export function revisionOf(
  sources: readonly SourceFile[],
  packName: string,
  version: string = portcullisVersion(),
): string {
  const hash = createHash("sha256");
  const flat = sources.some(({ path }) => !path.includes("/") && path.endsWith(".rego"));
  const builtins = [...NATIVE_BUILTINS, ...ERASED_BUILTINS, ...BUILTINS.keys()].sort();
  const build = [version, BUILD_FORMAT, OPA_VERSION, builtins];
  hash.update(JSON.stringify([build, flat ? packName : ""]));
  for (const { path, content } of sources) {
    hash.update(JSON.stringify([path, content.length]));
    hash.update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}
