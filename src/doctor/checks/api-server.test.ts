import { expect, test } from "@jest/globals";
import { daysFromNow, found, NOW, seen } from "../../../test/doctor/healthy.ts";

test.each([
  [
    1,
    29,
    [
      "api-server-too-old: The API server https://cluster.example:6443 is Kubernetes 1.29; Portcullis needs 1.30 or later.",
    ],
  ],
  [1, 30, []],
  [2, 0, []],
])("Kubernetes %d.%d", (major, minor, expected) => {
  expect(found({ version: seen({ major, minor }) })).toEqual(expected);
});

const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

test("a clock that differs by more than five minutes is told, and which one is behind", () => {
  expect(found({ localTime: after(300) })).toEqual([]);
  expect(found({ localTime: after(-600) })).toEqual([
    "clock-skew: The clock here is 10 minutes behind the API server's, which says 2026-03-01T12:00:00.000Z.",
  ]);
  expect(found({ localTime: after(600) })[0]).toContain("10 minutes ahead of the API server's");
});

test("certificates are judged by the API server's clock, not by the one here", () => {
  expect(found({ localTime: daysFromNow(1_000) }).map((text) => text.split(":")[0])).toEqual(["clock-skew"]);
});
