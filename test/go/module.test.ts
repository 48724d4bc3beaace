import { expect, test } from "@jest/globals";
import { goLine, isRecentEnough, requiredVersion } from "./module.ts";

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
