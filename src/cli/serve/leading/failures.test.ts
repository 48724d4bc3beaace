import { expect, test } from "@jest/globals";
import { apiError } from "../../../cluster/api/error.ts";
import { PortcullisError } from "../../../error.ts";
import { LeaderFailures } from "./failures.ts";
import type { Failures, LeadingTelemetry } from "./telemetry.ts";

const HOUR = 60 * 60 * 1_000;

function failing(message: string): PortcullisError {
  return new PortcullisError("CLUSTER_REFUSED", { message, remedy: "Mend it." });
}

function failures() {
  const counted: string[] = [];
  const told: string[] = [];
  const recovered: (readonly [string, Failures])[] = [];
  const failed: LeadingTelemetry["failed"] = (task, { message }, isNews) => {
    counted.push(task);
    if (isNews) told.push(message);
  };
  let now = 0;
  const telemetry = {
    failed,
    recovered: (task: string, after: Failures) => void recovered.push([task, after]),
  };
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { counted, told, recovered, pass, now: new LeaderFailures(telemetry, () => now) };
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

test("what fails for a day is told every hour, and its end once, with how often and how long it was", () => {
  const { told, recovered, pass, now } = failures();
  for (let passed = 0; passed < 24 * HOUR; passed += 30_000) {
    now.failed("certificates", failing("one"));
    pass(30_000);
  }
  expect(told).toHaveLength(24);
  now.succeeded("certificates");
  now.succeeded("certificates");
  expect(recovered).toEqual([["certificates", { attempts: 2_880, milliseconds: 24 * HOUR }]]);
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
  now.succeeded("lease");
  now.succeeded("certificates");
  expect(now.summary()).toBeUndefined();
});

test("who fails and succeeds in turn fills no log", () => {
  const { counted, told, recovered, pass, now } = failures();
  for (let times = 0; times < 1_000; times += 1) {
    now.failed("lease", failing("no answer"));
    now.succeeded("lease");
    pass(1_000);
  }
  expect(counted).toHaveLength(1_000);
  expect(told).toHaveLength(12);
  expect(recovered).toHaveLength(12);
});

test("missing permissions are told once for a task, whichever call lacks them", () => {
  const { told, now } = failures();
  for (const message of ["cannot get", "cannot update", "cannot get"])
    now.failed("lease", new PortcullisError("CLUSTER_FORBIDDEN", { message, remedy: "Apply." }));
  expect(told).toEqual(["cannot get"]);
  expect(now.summary()).toBe("lease: cannot get cannot update");
});

test("credentials that are not taken are another matter than missing permissions", () => {
  const { told, now } = failures();
  for (const code of [403, 401, 403])
    now.failed("lease", apiError({ code, body: { message: "no" } }, "show it"));
  expect(told).toEqual([
    "The API server did not show it: no.",
    "The API server did not show it: it does not take these credentials.",
  ]);
});

test("what is given up is neither failing nor told as mended", () => {
  const { recovered, now } = failures();
  now.failed("certificates", failing("one"));
  now.givenUp("certificates", "webhooks");
  now.succeeded("certificates");
  expect([now.summary(), recovered]).toEqual([undefined, []]);
});

test("who leads again and again and fails at the same each time tells it every hour", () => {
  const { counted, told, pass, now } = failures();
  for (let passed = 0; passed < 24 * HOUR; passed += 90_000) {
    now.failed("webhooks", failing("no policies"));
    now.givenUp("certificates", "webhooks");
    expect(now.summary()).toBeUndefined();
    pass(90_000);
  }
  expect([counted.length, told.length]).toEqual([960, 24]);
});

test("failures that have another text each time end to be told", () => {
  const { counted, told, now } = failures();
  for (let times = 0; times < 100; times += 1) now.failed("webhooks", failing(`at ${times}`));
  expect([counted.length, told.length]).toEqual([100, 10]);
  expect(now.summary()).toBe(
    `webhooks: ${[90, 91, 92, 93, 94, 95, 96, 97, 98, 99].map((each) => `at ${each}`).join(" ")}`,
  );
});

test("what is no PortcullisError is told, too", () => {
  const { told, now } = failures();
  now.failed("webhooks", new TypeError("x is undefined"));
  expect(told).toEqual(["The task webhooks of the leader failed: x is undefined"]);
});
