import { expect, test } from "@jest/globals";
import { ANSWERED, found, HEALTHY, seen, stored, VALIDATING } from "../../../test/doctor/healthy.ts";
import { withoutFail } from "../../cluster/webhooks/webhooks.ts";
import { diagnose } from "../diagnose.ts";
import { NetworkPolicy } from "../observe/objects.ts";

const TIMEOUT = {
  code: 500,
  body: {
    message:
      'failed calling webhook "exemption-guard.portcullis.dev": failed to call webhook: Post "https://x": context deadline exceeded',
  },
};
const DENY_ALL = { podSelector: {}, policyTypes: ["Ingress"] };

/** Whether policies are told to be in the way where no answer came. */
function blocks(...specs: readonly object[]): boolean {
  const networkPolicies = seen(
    specs.map((spec, index) => NetworkPolicy.parse({ metadata: { name: `p${index}` }, spec })),
  );
  expect(found({ networkPolicies, answers: seen([ANSWERED]) })).toEqual([]);
  const [first = ""] = found({ networkPolicies, answers: seen([TIMEOUT]) });
  return first.startsWith("network-policy-blocks: ");
}

test("a policy that lets nobody in, or only Pods, is told with its name, and what it leads to follows", () => {
  expect(blocks(DENY_ALL)).toBe(true);
  const networkPolicies = seen([NetworkPolicy.parse({ metadata: { name: "deny-all" }, spec: DENY_ALL })]);
  expect(found({ networkPolicies, answers: seen([TIMEOUT]) })).toEqual([
    "network-policy-blocks: The NetworkPolicies for the Pods of the Deployment portcullis (deny-all) let only other Pods, or nobody, to port 8443: an API server is no Pod.",
    'server-unreachable: The API server cannot reach Portcullis: Post "https://x": context deadline exceeded.',
  ]);
  expect(blocks({ ...DENY_ALL, ingress: [{ from: [{ namespaceSelector: {} }] }] })).toBe(true);
  expect(
    blocks({ ...DENY_ALL, ingress: [{ ports: [{ port: 9090 }, { port: 8443, protocol: "UDP" }] }] }),
  ).toBe(true);
});

test.each([
  ["lets everybody to the port by its name", { ...DENY_ALL, ingress: [{ ports: [{ port: "webhook" }] }] }],
  ["to a range with it", { ...DENY_ALL, ingress: [{ ports: [{ port: 8000, endPort: 9000 }] }] }],
  ["to every port", { ...DENY_ALL, ingress: [{}] }],
  [
    "lets addresses in, which nobody here can judge",
    { ...DENY_ALL, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }] },
  ],
  ["is for other Pods", { ...DENY_ALL, podSelector: { matchLabels: { app: "web" } } }],
  ["is about what Pods may reach", { ...DENY_ALL, policyTypes: ["Egress"] }],
])("one that %s is in nobody's way", (_, spec) => {
  expect(blocks(spec)).toBe(false);
});

test("where an answer came, or the call went another way, no policy is told to be in the way", () => {
  const networkPolicies = seen([NetworkPolicy.parse({ metadata: { name: "deny-all" }, spec: DENY_ALL })]);
  const told = (code: number, message: string) =>
    found({ networkPolicies, answers: seen([{ code, body: { message } }]) });
  const calling =
    'failed calling webhook "exemption-guard.portcullis.dev": failed to call webhook: Post "https://x"';
  expect(told(500, `${calling}: x509: certificate signed by unknown authority`)).toEqual([
    expect.stringMatching(/^certificate-refused: /),
  ]);
  expect(told(403, 'admission webhook "w.example.com" denied the request: no')).toEqual([
    expect.stringMatching(/^not-checked: /),
  ]);
  expect(told(201, "")).toEqual([expect.stringMatching(/^server-not-asked: /)]);
});

test("under Ignore nothing tells whether an answer came, so a policy that lets nobody in is told", () => {
  const findings = diagnose({
    ...HEALTHY,
    networkPolicies: seen([NetworkPolicy.parse({ metadata: { name: "deny-all" }, spec: DENY_ALL })]),
    validating: seen([stored(withoutFail(VALIDATING))]),
    answers: seen([{ code: 201, body: {} }]),
  });
  const followed = findings.map(({ id, follows }) => [id, follows]);
  expect(followed).toContainEqual(["network-policy-blocks", undefined]);
  expect(followed).toContainEqual(["server-not-asked", "network-policy-blocks"]);
});

test("of several policies one that lets in is enough", () => {
  expect(blocks(DENY_ALL, { podSelector: {}, ingress: [{ ports: [{ port: 8443 }] }] })).toBe(false);
});
