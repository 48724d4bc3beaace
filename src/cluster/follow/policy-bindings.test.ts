import { expect, test } from "@jest/globals";
import { readPolicyBindings } from "./policy-bindings.ts";

test("are read as their authors wrote them", async () => {
  const metadata = { name: "a", uid: "u", managedFields: [] };
  const spec = { policies: ["a/b"] };
  const body = { items: [{ metadata, spec, status: {} }] };
  expect(await readPolicyBindings(async () => ({ code: 200, body }))).toEqual([
    { apiVersion: "policy.portcullis.dev/v1alpha1", kind: "PolicyBinding", metadata: { name: "a" }, spec },
  ]);
});

test.each([[{}], [{ items: "none" }], [{ items: [7] }]])(
  "%j instead of a list is refused in words",
  async (body) => {
    await expect(readPolicyBindings(async () => ({ code: 200, body }))).rejects.toMatchObject({
      code: "CLUSTER_REFUSED",
      message:
        "The API server was asked for the list of policybindings.policy.portcullis.dev, and the answer is none.",
    });
  },
);
