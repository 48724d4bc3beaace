import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { apiError } from "../../../cluster/api/error.ts";
import { MUTATING, VALIDATING } from "../../../cluster/webhooks/webhooks.ts";
import { PortcullisError } from "../../../error.ts";
import { createLeaderMetrics } from "../../../telemetry/leader-metrics.ts";
import { leadingTelemetry } from "./telemetry.ts";

function telling() {
  const registry = new Registry();
  const lines: unknown[] = [];
  const stdout = { write: (line: string) => lines.push(JSON.parse(line)) > 0 };
  const telemetry = leadingTelemetry(
    stdout,
    (options) => createLeaderMetrics(registry, options),
    () => undefined,
  );
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
