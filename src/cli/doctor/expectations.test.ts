import { beforeAll, describe, expect, test } from "@jest/globals";
import path from "node:path";
import { HEALTHY, seen, UNSEEN, ABSENT } from "../../../test/doctor/healthy.ts";
import { buildFolder, temporaryFolder, writeFiles } from "../../../test/policy-folder.ts";
import type { Observation } from "../../doctor/observe/observation.ts";
import type { JsonObject } from "../../policy/json.ts";
import { expectations } from "./expectations.ts";
import type { DoctorOptions } from "./options.ts";
import { readEnvironment } from "../surroundings.ts";

const ENVIRONMENT = readEnvironment({ env: {}, platform: "linux", arch: "x64" });

let bundle: string;

beforeAll(async () => {
  bundle = (await buildFolder("policies")).file;
});

function expected(observation: Partial<Observation>, options: Partial<DoctorOptions> = {}) {
  const all: DoctorOptions = {
    policies: bundle,
    arePoliciesNamed: true,
    bindings: [],
    service: HEALTHY.service,
    output: "pretty",
    kubeconfig: undefined,
    context: undefined,
    ...options,
  };
  return expectations(all, { ...HEALTHY, ...observation }, ENVIRONMENT, () => undefined);
}

function binding(policies: readonly string[], resources: readonly string[]): JsonObject {
  return {
    apiVersion: "policy.portcullis.dev/v1alpha1",
    kind: "PolicyBinding",
    metadata: { name: "one", uid: "u", resourceVersion: "7" },
    spec: { policies, match: { resources }, enforcement: "deny" },
  };
}

describe("what a cluster should have", () => {
  test("follows from the policies and from the bindings of the cluster", async () => {
    const alone = await expected({});
    const bound = await expected({
      policyBindings: seen([binding(["labels/required"], ["deployments.apps"])]),
    });
    expect([alone.expected.kind, alone.bindings]).toEqual(["known", seen(undefined)]);
    expect([bound.expected.kind, bound.bindings]).toEqual(["known", seen(undefined)]);
    expect(JSON.stringify(bound.expected)).not.toBe(JSON.stringify(alone.expected));
  });

  test("is not known while a binding of the cluster cannot be loaded, which is told", async () => {
    const { expected: known, bindings } = await expected({
      policyBindings: seen([binding(["shop/lost"], ["pods"])]),
    });
    expect(known.kind).toBe("unknown");
    expect(bindings).toMatchObject({ kind: "seen", value: { code: "BINDING_UNKNOWN_POLICY" } });
  });

  test("is not known where the bindings cannot be seen, and known where there is no such resource", async () => {
    expect(await expected({ policyBindings: UNSEEN })).toEqual({
      expected: { kind: "unknown", reason: "you may not." },
      bindings: UNSEEN,
    });
    expect(await expected({ policyBindings: ABSENT })).toMatchObject({
      expected: { kind: "known" },
      bindings: ABSENT,
    });
  });

  test("is not known without policies; those that were named must be there", async () => {
    const missing = path.join(await temporaryFolder(), "policies");
    const { expected: known } = await expected({}, { policies: missing, arePoliciesNamed: false });
    expect(known).toMatchObject({ kind: "unknown", reason: "name the policies with --policies." });
    await expect(expected({}, { policies: missing })).rejects.toMatchObject({ code: "POLICIES_MISSING" });
  });

  test("files that cannot be loaded are no matter of the cluster", async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { "b.yaml": JSON.stringify(binding(["shop/lost"], ["pods"])) });
    await expect(expected({}, { bindings: [path.join(folder, "b.yaml")] })).rejects.toMatchObject({
      code: expect.stringMatching(/^BINDING_/),
    });
  });
});
