import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { faultError } from "../../../certificates/fault.ts";
import { apiError } from "../../../cluster/api/error.ts";
import { MUTATING, VALIDATING } from "../../../cluster/webhooks/webhooks.ts";
import { PortcullisError } from "../../../error.ts";
import { createLeaderMetrics } from "../../../telemetry/leader-metrics.ts";
import { leadingTelemetry } from "./telemetry.ts";

function telling() {
  const registry = new Registry();
  const lines: unknown[] = [];
  const stdout = { write: (line: string) => lines.push(JSON.parse(line)) > 0 };
  const telemetry = leadingTelemetry({
    stdout,
    create: (options) => createLeaderMetrics(registry, options),
    skew: () => undefined,
    now: () => 0,
  });
  return { telemetry, lines, metrics: () => registry.metrics() };
}

test("what is installed and not kept is a remark and a metric, with the way out", async () => {
  const { telemetry, lines, metrics } = telling();
  telemetry.kept(VALIDATING, "foreign");
  telemetry.kept(MUTATING, undefined);
  expect(telemetry.remark()).toContain(
    "The ValidatingWebhookConfiguration portcullis is not kept (foreign).",
  );
  expect(telemetry.remark()).toContain("`kubectl delete validatingwebhookconfiguration portcullis`");
  expect(lines).toMatchObject([{ why: "foreign", remedy: expect.stringContaining("webhooks --apply") }]);
  expect(await metrics()).toContain('portcullis_webhooks_kept{kind="ValidatingWebhookConfiguration"} 0');
  expect(await metrics()).toContain('portcullis_webhooks_kept{kind="MutatingWebhookConfiguration"} 1');
  telemetry.kept(VALIDATING, undefined);
  expect(telemetry.remark()).toBeUndefined();
  expect(lines.slice(1)).toMatchObject([
    { level: "info", kind: VALIDATING.kind, msg: "a webhook configuration is kept" },
  ]);
});

test("what is missing is no remark, and who does not lead any more makes none", () => {
  const { telemetry } = telling();
  telemetry.kept(VALIDATING, "missing");
  expect(telemetry.remark()).toBeUndefined();
  telemetry.kept(MUTATING, "unrecorded");
  expect(telemetry.remark()).toBeDefined();
  telemetry.leads(false);
  expect(telemetry.remark()).toBeUndefined();
});

test("who takes a configuration over and gives it back all the time fills no log", () => {
  const { telemetry, lines } = telling();
  for (let times = 0; times < 100; times += 1) {
    telemetry.kept(VALIDATING, "foreign");
    expect(telemetry.remark()).toBeDefined();
    telemetry.kept(VALIDATING, undefined);
    expect(telemetry.remark()).toBeUndefined();
  }
  expect(lines).toHaveLength(20);
});

test("missing permissions are told whole, and come from the manifests", () => {
  const { telemetry, lines } = telling();
  const message =
    'leases.coordination.k8s.io "portcullis" is forbidden: User "system:serviceaccount:portcullis-system:portcullis" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "portcullis-system"';
  const forbidden = apiError({ code: 403, body: { message } }, "show the Lease portcullis-system/portcullis");
  telemetry.failed("lease", forbidden, true);
  telemetry.failed(
    "lease",
    new PortcullisError("CLUSTER_REFUSED", { message: "No.", remedy: "Mend it." }),
    true,
  );
  expect(lines).toMatchObject([
    {
      reason: expect.stringContaining('in the namespace "portcullis-system"'),
      remedy: expect.stringContaining("Apply the manifests of Portcullis again"),
    },
    { reason: "No.", remedy: "Mend it." },
  ]);
});

test("a write under Ignore says that it was installed so", () => {
  const { telemetry, lines } = telling();
  const written = {
    id: VALIDATING,
    difference: { entry: undefined, field: "metadata.annotations.a" },
    byOthers: false,
    manager: undefined,
  };
  telemetry.corrected({ ...written, isUnderIgnore: true });
  telemetry.corrected({ ...written, isUnderIgnore: false });
  expect(lines).toMatchObject([{ note: expect.stringContaining("because it was installed so") }, {}]);
  expect(lines[1]).not.toHaveProperty("note");
});

test("a fault is told with its label, who changed the Secret, and what to do", async () => {
  const { telemetry, lines, metrics } = telling();
  const error = faultError("portcullis-system/portcullis-tls", "leaf-unusable");
  telemetry.damaged("leaf-unusable", error, "kubectl-edit");
  expect(lines).toMatchObject([
    { level: "warn", fault: "leaf-unusable", code: "CERTIFICATE_DAMAGED", manager: "kubectl-edit" },
  ]);
  expect(await metrics()).toContain('portcullis_certificate_faults_total{fault="leaf-unusable"} 1');
});

test("who damages or changes something every second fills no log, and is counted each time", async () => {
  const { telemetry, lines, metrics } = telling();
  const difference = { entry: "a", field: "rules" };
  const correction = { id: VALIDATING, difference, byOthers: true, isUnderIgnore: false, manager: "argocd" };
  for (let times = 0; times < 500; times += 1) {
    telemetry.damaged("leaf-unusable", faultError("a/b", "leaf-unusable"), undefined);
    telemetry.corrected(correction);
  }
  expect(lines).toHaveLength(20);
  expect(await metrics()).toContain('portcullis_certificate_faults_total{fault="leaf-unusable"} 500');
  expect(await metrics()).toContain("portcullis_webhook_corrections_total 500");
});

test("a clock that is right again is told as such", () => {
  const { telemetry, lines } = telling();
  telemetry.skewed(400_000);
  telemetry.skewed(0);
  expect(lines).toMatchObject([
    { level: "warn", seconds: 400, remedy: expect.stringContaining("clock") },
    { level: "info" },
  ]);
});
