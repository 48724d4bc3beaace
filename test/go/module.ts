/** What a go.mod says, and which Go builds it. */
import { GoError } from "./error.ts";

/** The version of the `require` line of that module path, alone or in a block, without the `v`. Throws GoError. */
export function requiredVersion(goMod: string, path: string): string {
  for (const line of goMod.split("\n")) {
    const [first = "", second] = line
      .trim()
      .replace(/^require\s+/, "")
      .split(/\s+/);
    if (first === path && second !== undefined && second.startsWith("v")) return second.slice(1);
  }
  throw new GoError(`The go.mod requires no ${path}: restore the file`);
}

/** What the `go` line says: the oldest Go that builds the module, e.g. `1.26.0`. Throws GoError. */
export function goLine(goMod: string): string {
  const version = /^go (\d+\.\d+\S*)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new GoError("The go.mod has no `go` line: restore the file");
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
