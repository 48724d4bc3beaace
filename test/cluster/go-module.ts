import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ControlPlaneError } from "./control-plane-error.ts";

/** A folder under `modules` whose go.mod and go.sum pin programs; a main package of ours may be beside them. */
export interface GoModule {
  readonly folder: string;
  /** Without the `v`, e.g. `1.36.3`. */
  readonly version: string;
  /** The oldest Go that builds it, e.g. `1.26.0`. */
  readonly go: string;
  /** Changes with every pinned dependency, and with sources of ours. */
  readonly hash: string;
}

/** Reads the module in `folder`, whose version is that of the module path `pinned`. */
export function readGoModule(folder: string, pinned: string): GoModule {
  const goMod = readFileSync(join(folder, "go.mod"), "utf8");
  const files = readdirSync(folder).filter((file) => /\.(?:mod|sum|go)$/.test(file));
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), "utf8"));
  const hash = createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 12);
  return { folder, version: requiredVersion(goMod, pinned), go: goLine(goMod), hash };
}

/** The version of the `require` line of that module path, alone or in a block, without the `v`. */
export function requiredVersion(goMod: string, path: string): string {
  for (const line of goMod.split("\n")) {
    const [first = "", second] = line
      .trim()
      .replace(/^require\s+/, "")
      .split(/\s+/);
    if (first === path && second !== undefined && second.startsWith("v")) return second.slice(1);
  }
  throw new ControlPlaneError(`The go.mod requires no ${path}; restore the file.`);
}

/** What the `go` line says. */
export function goLine(goMod: string): string {
  const version = /^go (\d+\.\d+\S*)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new ControlPlaneError("The go.mod has no `go` line; restore the file.");
  return version;
}

/** Whether Go `actual` (`1.26.8`) builds what needs Go `needed` (`1.26.0`). What is no version does not. */
export function isRecentEnough(needed: string, actual: string): boolean {
  const [neededParts, actualParts] = [versionParts(needed), versionParts(actual)];
  if (neededParts === undefined || actualParts === undefined) return false;
  const difference = neededParts.findIndex((part, index) => part !== actualParts[index]);
  return difference === -1 || (actualParts[difference] ?? 0) > (neededParts[difference] ?? 0);
}

/** A release candidate counts as its release: it builds the same modules. */
function versionParts(version: string): readonly number[] | undefined {
  const parts = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return parts === null ? undefined : [1, 2, 3].map((index) => Number(parts[index] ?? 0));
}
