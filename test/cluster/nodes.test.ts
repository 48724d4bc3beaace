import { expect, test } from "@jest/globals";
import { isSchedulable } from "./nodes.ts";

const READY = { conditions: [{ type: "Ready", status: "True" }] };

test.each([
  ["that is Ready", { spec: {}, status: READY }, true],
  [
    "that is Ready but still tainted",
    { spec: { taints: [{ key: "node.kubernetes.io/not-ready" }] }, status: READY },
    false,
  ],
  ["that is not Ready", { spec: {}, status: { conditions: [{ type: "Ready", status: "False" }] } }, false],
  ["that nobody has looked at", { spec: {}, status: {} }, false],
])("whether Pods are put on a Node %s: %#", (_, node, expected) => {
  expect(isSchedulable(JSON.stringify(node))).toBe(expected);
});
