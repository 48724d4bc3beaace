import { expect, test } from "@jest/globals";
import { ABSENT, found, HEALTHY, seen } from "../../../test/doctor/healthy.ts";
import type { FindingId } from "../findings/catalogue.ts";
import { CAUSES, explained, firstOf } from "./causes.ts";
import { diagnose } from "../diagnose.ts";
import { finding, notChecked } from "../findings/finding.ts";

const of = (...ids: readonly FindingId[]) =>
  explained(ids.map((id) => finding(id, { message: id, fix: "" })));

test("nothing is its own cause, however many steps away", () => {
  const causesOf = (id: FindingId, path: readonly FindingId[]): void => {
    expect(path).not.toContain(id);
    for (const cause of CAUSES[id] ?? []) causesOf(cause, [...path, id]);
  };
  for (const causes of Object.values(CAUSES)) for (const id of causes) causesOf(id, []);
});

test("what follows names the first of its causes that is there, and nothing else is touched", () => {
  expect(
    of("no-ready-pod", "image-not-pulled", "pod-crashes").map(({ id, follows }) => [id, follows]),
  ).toEqual([
    ["no-ready-pod", "image-not-pulled"],
    ["image-not-pulled", undefined],
    ["pod-crashes", undefined],
  ]);
  expect(of("no-ready-pod", "clock-skew").map(({ follows }) => follows)).toEqual([undefined, undefined]);
});

test("what to begin with is the cause of the worst, even where that is only a warning by itself", () => {
  expect(firstOf(of("crd-differs", "no-ready-pod"))?.id).toBe("crd-differs");
  expect(firstOf(of("clock-skew", "pod-unschedulable", "no-ready-pod", "server-unreachable"))?.id).toBe(
    "pod-unschedulable",
  );
  expect(firstOf([])).toBeUndefined();
});

test("what somebody may not see follows from that, and what is not there from its absence", () => {
  const forbidden = notChecked(
    "leader",
    "The Lease",
    'leases "portcullis" is forbidden: User "x" cannot get.',
  );
  const lacking = finding("your-permission-missing", { message: "", fix: "" });
  expect(explained([lacking, forbidden])[1]).toMatchObject({ follows: "your-permission-missing" });
  expect(explained([forbidden])[0]).not.toHaveProperty("follows");
  expect(explained([...of("namespace-missing"), forbidden])[1]).not.toHaveProperty("follows");
});

const told = (id: FindingId, message: string, items?: readonly string[]) =>
  finding(id, { message, fix: "", ...(items === undefined ? {} : { items }) });

test("Pods that an API server refuses have the cause that it names, whatever webhook may block", () => {
  const refused = told("pods-refused", "exceeded quota: a");
  expect(explained([told("foreign-webhook-blocks", ""), refused])[1]).not.toHaveProperty("follows");
});

/** What a Pod that is not ready is told to follow from beside a cause. */
const followed = (cause: FindingId, message: string, items?: readonly string[]) =>
  explained([told(cause, ""), told("pod-not-ready", message, items)])[1]?.follows;

test("a Pod that lacks something by the kubelet's words is no consequence of what keeps servers from getting ready", () => {
  const lacks = 'CreateContainerConfigError: configmap "x" not found';
  const probe = "Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503";
  expect(followed("permission-missing", lacks)).toBeUndefined();
  expect(followed("permission-missing", probe)).toBe("permission-missing");
  expect(followed("crd-missing", "its readiness probe has not succeeded")).toBe("crd-missing");
  expect(followed("crd-missing", "2 Pods cannot get ready.", [`a: ${probe}`, `b: ${probe}`])).toBe(
    "crd-missing",
  );
  expect(followed("crd-missing", "2 Pods cannot get ready.", [`a: ${probe}`, `b: ${lacks}`])).toBeUndefined();
  expect(followed("client-authority-missing", lacks)).toBe("client-authority-missing");
});

test("a server that ends for want of the authority of --client-ca is one problem", () => {
  const [, crash] = explained([told("client-authority-missing", ""), told("pod-crashes", "")]);
  expect(crash?.follows).toBe("client-authority-missing");
});

test("policies that were not named are not the fault of a missing resource", () => {
  const unnamed = notChecked("webhooks", "What they need", "name the policies with --policies.");
  expect(explained([told("crd-missing", ""), unnamed])[1]).not.toHaveProperty("follows");
  expect(explained([told("binding-invalid", ""), unnamed])[1]?.follows).toBe("binding-invalid");
});

test("a namespace that is gone is one problem with its consequences", () => {
  const gone = {
    namespace: ABSENT,
    account: ABSENT,
    deployment: ABSENT,
    serviceObject: ABSENT,
    secret: ABSENT,
  };
  const accountPermissions = HEALTHY.accountPermissions.map((each) => ({ ...each, allowed: seen(false) }));
  const facts = {
    ...HEALTHY,
    ...gone,
    accountPermissions,
    lease: ABSENT,
    serviceState: seen("missing" as const),
  };
  const roots = diagnose({ ...facts, pods: seen([]) }).filter(({ follows }) => follows === undefined);
  expect(roots.map(({ id }) => id)).toEqual(["namespace-missing"]);
  expect(found({}).length).toBe(0);
});
