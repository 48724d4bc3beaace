import { expect, test } from "@jest/globals";
import { createMetrics } from "./metrics.ts";

const load = (): { waiting: number; threads: number } => ({ waiting: 0, threads: 0 });

test.each([
  ["portcullis_certificate_expiry_timestamp_seconds", "certificateServed"],
  ["portcullis_client_ca_expiry_timestamp_seconds", "clientCaUsed"],
] as const)("%s is absent until it is known: 0 would be an alarm", async (name, tell) => {
  const metrics = createMetrics({ rejections: [], replacements: [], watched: [], load });
  const sample = new RegExp(`^${name} .*$`, "m");
  expect(await metrics.text()).not.toMatch(sample);
  metrics[tell](new Date("2027-01-01T00:00:00Z"));
  expect((await metrics.text()).match(sample)?.[0]).toBe(`${name} 1798761600`);
});
