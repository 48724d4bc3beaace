import { expect, test } from "@jest/globals";
import { parseResourcePattern, resourceKey } from "./resource-pattern.ts";

function resource(group: string, name: string, subResource = "") {
  return { resource: { group, version: "v1", resource: name }, subResource };
}

const PODS = resource("", "pods");
const DEPLOYMENTS = resource("apps", "deployments");
const EXEC = resource("", "pods", "exec");
const SCALE = resource("apps", "deployments", "scale");
const WIDGETS = resource("example.com", "widgets");

test.each([
  ["pods", [PODS]],
  ["deployments.apps", [DEPLOYMENTS]],
  ["deployments", []],
  ["pods.apps", []],
  ["pods/exec", [EXEC]],
  ["deployments.apps/scale", [SCALE]],
  ["widgets.example.com", [WIDGETS]],
  ["widgets.example", []],
  ["*", [PODS, DEPLOYMENTS, WIDGETS]],
  ["*.apps", [DEPLOYMENTS]],
  ["*.example.com", [WIDGETS]],
  ["*/scale", [SCALE]],
  ["*.apps/scale", [SCALE]],
])("%s matches what it names and nothing else", (text, expected) => {
  const pattern = parseResourcePattern(text);
  expect([PODS, DEPLOYMENTS, EXEC, SCALE, WIDGETS].filter((request) => pattern.matches(request))).toEqual(
    expected,
  );
});

test.each([
  ["pods", "pods"],
  ["pods/exec", "pods"],
  ["deployments.apps", "deployments.apps"],
  ["deployments.apps/scale", "deployments.apps"],
  ["*", "*"],
  ["*.apps", "*"],
  ["*/scale", "*"],
])("%s is indexed under %s", (text, key) => {
  expect(parseResourcePattern(text)).toMatchObject({ text, key });
});

test("a request is looked up without its subresource", () => {
  expect([PODS, EXEC, SCALE, WIDGETS].map(resourceKey)).toEqual([
    "pods",
    "pods",
    "deployments.apps",
    "widgets.example.com",
  ]);
});
