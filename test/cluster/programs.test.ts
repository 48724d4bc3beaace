import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { requiredVersion } from "../go/module.ts";

test("every module that Kubernetes publishes apart is replaced by its own release", () => {
  const goMod = readFileSync(join(import.meta.dirname, "modules", "kubernetes", "go.mod"), "utf8");
  const replaced = [...goMod.matchAll(/^\t?(?:replace )?(k8s\.io\/\S+) => (\S+) v0\.(\S+)$/gm)];
  const version = requiredVersion(goMod, "k8s.io/kubernetes");
  expect(replaced.length).toBeGreaterThan(25);
  for (const [, from, to, release] of replaced) expect([to, `1.${release}`]).toEqual([from, version]);
});
