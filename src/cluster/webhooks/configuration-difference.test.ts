import { expect, test } from "@jest/globals";
import { samplePolicy, sampleSnapshot } from "../../../test/samples.ts";
import { differenceOf } from "./configuration-difference.ts";
import { webhookConfigurations } from "./webhooks.ts";

const { validating: WANTED } = webhookConfigurations(sampleSnapshot({ policies: [samplePolicy("a/b")] }), {
  url: "https://portcullis.example.com",
  caBundle: undefined,
});
const [FIRST, GUARD] = WANTED.webhooks;
if (FIRST === undefined || GUARD === undefined) throw new Error("The sample has two entries.");
const CONDITION = { name: "mine", expression: "false" };

/** The wanted configuration as an API server has it, with other members in its first entry. */
function storedWith(members: object) {
  const webhooks = WANTED.webhooks.map((entry) => ({ objectSelector: {}, ...entry }));
  return { webhooks: [{ ...webhooks[0], ...members }, ...webhooks.slice(1)] };
}

test.each([
  ["what the API server fills in", {}],
  ["caBundle, which cert-manager writes", { clientConfig: { ...FIRST.clientConfig, caBundle: "Q0E=" } }],
  ["the order of conditions", { matchConditions: FIRST.matchConditions.toReversed() }],
  ["a member that Kubernetes does not have yet", { invented: true }],
])("%s is no difference", (_, members) => {
  expect(differenceOf(WANTED, storedWith(members))).toBeUndefined();
});

test.each([
  ["matchConditions", { matchConditions: [...FIRST.matchConditions, CONDITION] }],
  ["matchConditions", { matchConditions: FIRST.matchConditions.slice(1) }],
  ["rules", { rules: [...FIRST.rules, ...FIRST.rules] }],
  ["objectSelector", { objectSelector: { matchLabels: { a: "b" } } }],
  ["namespaceSelector", { namespaceSelector: { matchLabels: { a: "b" } } }],
  ["clientConfig", { clientConfig: { url: "https://elsewhere.example.com/validate" } }],
  ["failurePolicy", { failurePolicy: "Ignore" }],
  ["timeoutSeconds", { timeoutSeconds: 1 }],
])("%s of an entry is named: %j", (field, members) => {
  expect(differenceOf(WANTED, storedWith(members))).toEqual({ entry: FIRST.name, field });
});

test("an entry too much and one that is missing are named", () => {
  const { webhooks } = storedWith({});
  const foreign = { webhooks: [...webhooks, { name: "theirs.example.com" }] };
  expect(differenceOf(WANTED, foreign)).toEqual({ entry: "theirs.example.com", field: undefined });
  expect(differenceOf(WANTED, { webhooks: webhooks.slice(0, 1) })).toEqual({
    entry: GUARD.name,
    field: undefined,
  });
});
