import { expect, test } from "@jest/globals";
import { PortcullisError } from "../../../error.ts";
import { LeaderFailures } from "./failures.ts";
import type { LeadingTelemetry } from "./telemetry.ts";

function failing(message: string): PortcullisError {
  return new PortcullisError("CLUSTER_REFUSED", { message, remedy: "Mend it." });
}

function failures() {
  const counted: string[] = [];
  const told: string[] = [];
  const failed: LeadingTelemetry["failed"] = (task, { message }, isNew) => {
    counted.push(task);
    if (isNew) told.push(message);
  };
  return { counted, told, now: new LeaderFailures({ failed }) };
}

test("a failure is counted each time and told once, also if another comes in turn with it", () => {
  const { counted, told, now } = failures();
  for (let times = 0; times < 3; times += 1) {
    now.failed("webhooks", failing("one"));
    now.failed("webhooks", failing("another"));
  }
  expect(counted.length).toBe(6);
  expect(told).toEqual(["one", "another"]);
  expect(now.summary()).toBe("webhooks: one another");
});

test("it is told again when its task has succeeded meanwhile; that of another task is not", () => {
  const { told, now } = failures();
  now.failed("lease", failing("one"));
  now.failed("certificates", failing("two"));
  now.succeeded("lease");
  expect(now.summary()).toBe("certificates: two");
  now.failed("lease", failing("one"));
  now.failed("certificates", failing("two"));
  expect(told).toEqual(["one", "two", "one"]);
  now.succeeded("lease", "certificates");
  expect(now.summary()).toBeUndefined();
});

test("failures that have another text each time end to be told", () => {
  const { counted, told, now } = failures();
  for (let times = 0; times < 100; times += 1) now.failed("webhooks", failing(`at ${times}`));
  expect([counted.length, told.length]).toEqual([100, 10]);
});

test("what is no PortcullisError is told, too", () => {
  const { told, now } = failures();
  now.failed("webhooks", new TypeError("x is undefined"));
  expect(told).toEqual([expect.stringContaining("x is undefined")]);
});
