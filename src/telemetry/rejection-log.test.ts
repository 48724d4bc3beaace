import { describe, expect, test } from "@jest/globals";
import { PortcullisError, type ErrorCode } from "../error.ts";
import { rejectionLog } from "./rejection-log.ts";

function logged(...errors: readonly (PortcullisError | { readonly afterMs: number })[]): readonly unknown[] {
  const written: unknown[] = [];
  let now = 1_000;
  const log = rejectionLog({ write: (line) => void written.push(JSON.parse(line)) }, () => now);
  for (const error of errors) {
    if (error instanceof PortcullisError) log(error);
    else now += error.afterMs;
  }
  return written;
}

function rejection(code: ErrorCode, message: string, cause?: unknown): PortcullisError {
  return new PortcullisError(code, { message, remedy: "send JSON", cause });
}

test("says by code and reason why a request never became a decision, and what to do", () => {
  expect(logged(rejection("REVIEW_INVALID", "it is no JSON"))).toEqual([
    {
      level: "warn",
      time: expect.any(String),
      code: "REVIEW_INVALID",
      reason: "it is no JSON",
      remedy: "send JSON",
      msg: "rejected",
    },
  ]);
});

test("a fault of Portcullis is an error and shows its cause with the stack, which no client sees", () => {
  const cause = new TypeError("undefined is not a policy");
  expect(logged(rejection("INTERNAL", "failed", cause))).toMatchObject([
    {
      level: "error",
      code: "INTERNAL",
      err: { message: "undefined is not a policy", stack: expect.stringContaining("rejection-log.test.ts") },
    },
  ]);
});

describe("what needs no request to bring about", () => {
  const plain = rejection("TLS_FAILED", "The client speaks plain HTTP.");
  const distrust = rejection("TLS_FAILED", "The client does not accept the certificate.");

  test("is one line a minute for each reason, and the next says how many were left out", () => {
    const flood = Array.from({ length: 1_000 }, () => plain);
    const lines = logged(...flood, distrust, { afterMs: 59_999 }, plain, { afterMs: 1 }, plain, distrust);
    expect(lines).toMatchObject([
      { level: "warn", code: "TLS_FAILED", reason: "The client speaks plain HTTP." },
      { reason: "The client does not accept the certificate." },
      { reason: "The client speaks plain HTTP.", left_out: 1_000 },
      { reason: "The client does not accept the certificate." },
    ]);
    expect(lines.map((line) => Object.hasOwn(Object(line), "left_out"))).toEqual([false, false, true, false]);
  });

  test("also if it came as far as HTTP, while every rejected request has its line", () => {
    const noise = rejection("HTTP_INVALID", "The request could not be read.");
    const request = rejection("ROUTE_UNKNOWN", "There is nothing at /.");
    expect(logged(noise, noise, request, request)).toHaveLength(3);
  });
});
