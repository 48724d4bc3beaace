import { describe, expect, test } from "@jest/globals";
import { regoValue } from "../../../test/patch-samples.ts";
import { PatchFailure } from "./failure.ts";
import { ObjectVersion } from "./object-version.ts";
import { isHeld, type HeldRequest } from "./hold.ts";

function update(resource: string, old: unknown, now: unknown): HeldRequest {
  const [name = "", ...group] = resource.split(".");
  return {
    operation: "UPDATE",
    resource: { group: group.join("."), version: "v1", resource: name },
    subResource: "",
    object: new ObjectVersion(JSON.stringify(now)),
    oldObject: new ObjectVersion(JSON.stringify(old)),
  };
}

const T1 = { spec: { template: { a: 1 }, replicas: 1 } };
const T2 = { spec: { template: { a: 2 }, replicas: 1 } };
const SCALED = { spec: { template: { a: 1 }, replicas: 2 } };
const CRON = { spec: { jobTemplate: { a: 1 } } };

describe("patches of a workload", () => {
  const untouched = update("deployments.apps", T1, SCALED);
  test.each<[string, HeldRequest, unknown, unknown, boolean]>([
    ["that touch a template which the request leaves alone are held", untouched, SCALED, T2, true],
    ["that take a template away are held", untouched, SCALED, { spec: {} }, true],
    ["that touch something else are not", untouched, SCALED, T1, false],
    [
      "that touch a template which the request changes are not",
      update("deployments.apps", T1, T2),
      T2,
      T1,
      false,
    ],
    ["that touch a template are not on CREATE", { ...untouched, operation: "CREATE" }, T1, T2, false],
    [
      "that touch a job template are held too",
      update("cronjobs.batch", CRON, CRON),
      CRON,
      { spec: {} },
      true,
    ],
    [
      "that touch the template of a Job are held, even if the request changes it",
      update("jobs.batch", T1, T2),
      T2,
      T1,
      true,
    ],
    [
      "that touch a template of which nothing older is known are held",
      { ...untouched, oldObject: undefined },
      T1,
      T2,
      true,
    ],
  ])("%s", (_name, ...[request, before, after, held]) => {
    expect(isHeld(request, regoValue(before), regoValue(after))).toBe(held);
  });
});

function pod(image: string, spec: object = {}, labels: object = {}): object {
  return { metadata: { labels }, spec: { containers: [{ name: "web", image }], ...spec } };
}

describe("patches of an existing Pod", () => {
  const labelled = update("pods", pod("a:1"), pod("a:1", {}, { x: "y" }));
  const moved = update("pods", pod("a:1"), pod("a:2"));
  test.each<[string, HeldRequest, unknown, unknown, boolean]>([
    ["that change its labels are not held", labelled, pod("a:1"), pod("a:1", {}, { z: "z" }), false],
    ["that change its spec are held", labelled, pod("a:1"), pod("a:1", { priorityClassName: "x" }), true],
    [
      "that change an image which the request leaves alone are held",
      labelled,
      pod("a:1"),
      pod("r/a:1"),
      true,
    ],
    ["that change an image beside the request's own change are not", moved, pod("a:2"), pod("r/a:2"), false],
    [
      "that change more than the API server lets be changed are held",
      moved,
      pod("a:2"),
      pod("r/a:2", { hostNetwork: true }),
      true,
    ],
    [
      "of a subresource are the policy's affair",
      { ...labelled, subResource: "ephemeralcontainers" },
      pod("a:1"),
      pod("b:1"),
      false,
    ],
    ["that is made are not held", { ...labelled, operation: "CREATE" }, pod("a:1"), pod("b:1"), false],
  ])("%s", (_name, ...[request, before, after, held]) => {
    expect(isHeld(request, regoValue(before), regoValue(after))).toBe(held);
  });
});

test("objects that are nested too deep to be compared are a failure of the patch, not a crash", () => {
  const deep = `${'{"a":'.repeat(1_001)}1${"}".repeat(1_001)}`;
  const request = {
    ...update("deployments.apps", {}, {}),
    oldObject: new ObjectVersion(deep),
  };
  expect(() => isHeld(request, regoValue(T1), regoValue(T2))).toThrow(PatchFailure);
});
