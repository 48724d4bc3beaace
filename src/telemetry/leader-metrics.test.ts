import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { createLeaderMetrics } from "./leader-metrics.ts";

const VALIDATING = "ValidatingWebhookConfiguration";

function measured() {
  const registry = new Registry();
  let skew: number | undefined;
  const options = { tasks: ["lease", "webhooks"], faults: ["leaf-missing"], skew: () => skew };
  const metrics = createLeaderMetrics(registry, options);
  const samples = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { metrics, samples, setSkew: (milliseconds: number) => (skew = milliseconds) };
}

test("known series start at 0, and what is not known is absent", async () => {
  expect(await measured().samples()).toEqual([
    "portcullis_leader 0",
    "portcullis_webhook_corrections_total 0",
    'portcullis_leader_failures_total{task="lease"} 0',
    'portcullis_leader_failures_total{task="webhooks"} 0',
    'portcullis_certificate_faults_total{fault="leaf-missing"} 0',
  ]);
});

test("what only a leader knows is there as long as it leads", async () => {
  const { metrics, samples } = measured();
  const before = await samples();
  metrics.leads(true);
  metrics.installed(VALIDATING, true);
  metrics.installed("MutatingWebhookConfiguration", false);
  metrics.kept(VALIDATING, false);
  metrics.underIgnore(true);
  metrics.authorityExpires(new Date(1_000));
  expect(await samples()).toEqual(
    expect.arrayContaining([
      "portcullis_leader 1",
      `portcullis_webhooks_installed{kind="${VALIDATING}"} 1`,
      'portcullis_webhooks_installed{kind="MutatingWebhookConfiguration"} 0',
      `portcullis_webhooks_kept{kind="${VALIDATING}"} 0`,
      "portcullis_webhooks_failure_policy_ignore 1",
      "portcullis_certificate_authority_expiry_timestamp_seconds 1",
    ]),
  );
  metrics.leads(false);
  expect(await samples()).toEqual(before);
});

test("the skew is told in seconds once it is known", async () => {
  const { samples, setSkew } = measured();
  setSkew(-2_500);
  expect(await samples()).toContain("portcullis_clock_skew_seconds -2.5");
});
