import { isTerm, overlap, refNames, referencesIn } from "../../build/syntax.ts";
import type { MutatedFile } from "./mutant.ts";
import { isNode, nodesIn } from "./syntax-node.ts";

type ReachingFile = Pick<MutatedFile, "path" | "tree">;

/** Which files a file needs: itself, those of its package and of every package that it can refer to, and theirs. */
export type Reach = (path: string) => ReadonlySet<string>;

/** References whose end is only known when they are evaluated, such as `data[pack].deny`, reach whatever they could. */
export function reachOf(files: readonly ReachingFile[]): Reach {
  const packages = new Map(files.map((file) => [file.path, packageOf(file)]));
  const direct = new Map(files.map((file) => [file.path, neededBy(file, packages)]));
  const known = new Map<string, ReadonlySet<string>>();
  return (path) => {
    const found = known.get(path) ?? closure(path, direct);
    known.set(path, found);
    return found;
  };
}

function packageOf({ tree }: ReachingFile): readonly string[] {
  const path = isNode(tree["package"]) ? tree["package"]["path"] : [];
  return refNames(nodesIn(path).filter(isTerm)).slice(1);
}

function neededBy(
  { path, tree }: ReachingFile,
  packages: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const own = packages.get(path) ?? [];
  const named = [...referencesIn(tree)].flatMap(([root, ...rest]) => (root === "data" ? [rest] : []));
  return [...packages].flatMap(([other, parts]) =>
    other !== path && (equal(own, parts) || named.some((name) => overlap(name, parts))) ? [other] : [],
  );
}

function equal(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && overlap(left, right);
}

function closure(path: string, direct: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([path]);
  // A set that grows while it is walked is walked to its end.
  for (const each of found) for (const next of direct.get(each) ?? []) found.add(next);
  return found;
}
