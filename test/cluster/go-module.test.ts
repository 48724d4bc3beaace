import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../policy-folder.ts";
import { goLine, isRecentEnough, readGoModule, requiredVersion } from "./go-module.ts";

const GO_MOD = `module portcullis/test/cluster/example

go 1.26.0

tool k8s.io/kubernetes/cmd/kubectl

require k8s.io/single v1.2.3

require (
	k8s.io/kubernetes v1.36.3 // indirect
	k8s.io/kubernetes-more v0.1.0
)

replace k8s.io/api => k8s.io/api v0.36.3
`;

test.each([
  ["in a block", "k8s.io/kubernetes", "1.36.3"],
  ["of which another's name is the beginning", "k8s.io/kubernetes-more", "0.1.0"],
  ["on a line of its own", "k8s.io/single", "1.2.3"],
])("the version of a module %s is read", (_, path, version) => {
  expect(requiredVersion(GO_MOD, path)).toBe(version);
});

test("a module that is only replaced is not required", () => {
  expect(() => requiredVersion(GO_MOD, "k8s.io/api")).toThrow("The go.mod requires no k8s.io/api");
});

test("the needed Go is read", () => {
  expect(goLine(GO_MOD)).toBe("1.26.0");
  expect(() => goLine("module x\n")).toThrow("no `go` line");
});

test.each([
  ["1.26.0", "1.26.0", true],
  ["1.26.0", "1.26.8", true],
  ["1.26.0", "1.27", true],
  ["1.26.0", "2.0.0", true],
  ["1.26.0", "1.26rc1", true],
  ["1.26.3", "1.26.2", false],
  ["1.26.0", "1.25.9", false],
  ["1.26.0", "1.9", false],
  ["1.26.0", "devel", false],
  ["1.26.0", "", false],
])("whether what needs Go %s is built by Go %j: %s", (needed, actual, expected) => {
  expect(isRecentEnough(needed, actual)).toBe(expected);
});

test("a program is another one with another dependency, or another main package of ours", async () => {
  const folder = await temporaryFolder();
  const hash = (): string => readGoModule(folder, "k8s.io/single").hash;
  const hashes: string[] = [];
  const files = {
    "go.mod": GO_MOD,
    "go.sum": "k8s.io/single v1.2.3",
    "main.go": "package main",
    "notes.txt": "",
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    hashes.push(hash());
  }
  expect(new Set(hashes).size).toBe(3);
});

test("every module that Kubernetes publishes apart is replaced by its own release", () => {
  const goMod = readFileSync(join(import.meta.dirname, "modules", "kubernetes", "go.mod"), "utf8");
  const replaced = [...goMod.matchAll(/^\t?(?:replace )?(k8s\.io\/\S+) => (\S+) v0\.(\S+)$/gm)];
  const version = requiredVersion(goMod, "k8s.io/kubernetes");
  expect(replaced.length).toBeGreaterThan(25);
  for (const [, from, to, release] of replaced) expect([to, `1.${release}`]).toEqual([from, version]);
});
