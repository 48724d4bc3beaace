import { createSnapshot, type Snapshot } from "../../admission/snapshot.ts";
import { asWrittenBinding } from "../../cluster/follow/policy-bindings.ts";
import { webhookConfigurations } from "../../cluster/webhooks/webhooks.ts";
import type { Facts, Observation, Seen } from "../../doctor/observe/observation.ts";
import { PortcullisError } from "../../error.ts";
import type { Bundle } from "../../policy/bundle.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { DoctorOptions } from "./options.ts";
import { loadBindings } from "../load-bindings.ts";
import { loadBundle } from "../load-policies.ts";
import type { Environment } from "../surroundings.ts";

type Expectations = Pick<Facts, "expected" | "bindings">;

/**
 * What a cluster should have for the policies and bindings given, and the PolicyBindings in it. Throws what is wrong with
 * the files alone: that is no matter of the cluster.
 */
export async function expectations(
  options: DoctorOptions,
  { policyBindings, service }: Observation,
  environment: Environment,
  say: (message: string) => void,
): Promise<Expectations> {
  const bundle = await givenBundle(options, environment, say);
  if (bundle === undefined) return unknown(policyBindings, "name the policies with --policies.");
  const alone = await snapshotOf(bundle, options.bindings, []);
  if (policyBindings.kind === "unseen") return unknown(policyBindings, policyBindings.reason);
  const loaded = await withBindings(policyBindings, (stored) => snapshotOf(bundle, options.bindings, stored));
  if (loaded instanceof PortcullisError)
    return { ...unknown(policyBindings, loaded.message), bindings: { kind: "seen", value: loaded } };
  const snapshot = loaded ?? alone;
  return {
    expected: {
      kind: "known",
      webhooks: webhookConfigurations(snapshot, { service, caBundle: undefined }),
      exemptionLabel: snapshot.exclusions.namespaceLabel,
    },
    bindings: policyBindings.kind === "absent" ? policyBindings : { kind: "seen", value: undefined },
  };
}

/** Undefined if none were named and none are where they are looked for. */
async function givenBundle(
  { policies, arePoliciesNamed }: DoctorOptions,
  environment: Environment,
  say: (message: string) => void,
): Promise<Bundle | undefined> {
  try {
    return (await loadBundle(policies, environment, say)).bundle;
  } catch (error) {
    const isAbsent = error instanceof PortcullisError && error.code === "POLICIES_MISSING";
    if (isAbsent && !arePoliciesNamed) return undefined;
    throw error;
  }
}

function unknown(seen: Seen<unknown>, reason: string): Expectations {
  const bindings: Expectations["bindings"] = seen.kind === "seen" ? { kind: "seen", value: undefined } : seen;
  return { expected: { kind: "unknown", reason }, bindings };
}

/** Undefined where there are none; the error if they cannot be loaded. */
async function withBindings(
  seen: Seen<readonly JsonObject[]>,
  load: (stored: readonly JsonObject[]) => Promise<Snapshot>,
): Promise<Snapshot | PortcullisError | undefined> {
  if (seen.kind !== "seen") return undefined;
  try {
    return await load(seen.value.map(asWrittenBinding));
  } catch (error) {
    if (error instanceof PortcullisError) return error;
    throw error;
  }
}

async function snapshotOf(
  { revision, policies }: Bundle,
  files: readonly string[],
  stored: readonly JsonObject[],
): Promise<Snapshot> {
  const { bindings, exclusions } = await loadBindings(files, stored);
  return createSnapshot({ revision, policies, bindings, exclusions, namespaces: new Map() });
}
