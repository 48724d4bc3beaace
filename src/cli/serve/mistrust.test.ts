import { expect, test } from "@jest/globals";
import { PortcullisError, type ErrorCode } from "../../error.ts";
import { noticingMistrust } from "./mistrust.ts";

test("handshakes that fail have the leader look, not more often than it bears, and everything is told", () => {
  let [now, looks] = [0, 0];
  const told: string[] = [];
  const rejected = noticingMistrust(
    ({ code }) => void told.push(code),
    () => (looks += 1),
    () => now,
  );
  const reject = (code: ErrorCode): void =>
    rejected(new PortcullisError(code, { message: "m", remedy: "r" }));
  reject("REVIEW_INVALID");
  expect(looks).toBe(0);
  for (let times = 0; times < 100; times += 1) reject("TLS_FAILED");
  expect(looks).toBe(3);
  now += 10_000;
  reject("TLS_FAILED");
  reject("TLS_FAILED");
  expect([looks, told.length]).toEqual([4, 103]);
});
