import type { JsonObject } from "../../policy/json.ts";
import type { Decision } from "../decision.ts";
import { matchingPolicies } from "../match.ts";
import type { AdmissionRequest } from "../request.ts";
import type { Snapshot } from "../snapshot.ts";
import { unpatchable } from "./eligibility.ts";
import { ObjectVersion } from "./object-version.ts";
import { PatchRules, type RuleSurroundings } from "./patch-rules.ts";
import { settle } from "./settle.ts";

/** What the `patch` rules made of the object of a request. */
export interface Mutated extends Pick<Decision, "mutations" | "patch" | "unpatchable"> {
  /** The object at rest as exact JSON text; undefined if it is as it came. */
  readonly text: string | undefined;
}

export const UNMUTATED: Mutated = { mutations: [], patch: [], unpatchable: undefined, text: undefined };

/** Settles the object of a request under the policies that match. */
export function mutate(
  request: AdmissionRequest,
  snapshot: Snapshot,
  surroundings: RuleSurroundings,
): Mutated {
  const matches = matchingPolicies(request, snapshot).filter(
    ({ bound }) => bound.policy.entrypoints.patch !== undefined,
  );
  if (matches.length === 0) return UNMUTATED;
  const reason = unpatchable(request);
  if (reason !== undefined) return { ...UNMUTATED, unpatchable: reason };
  const rules = new PatchRules(request, snapshot, surroundings);
  const { version, patch, mutations } = settle(matches, new ObjectVersion(request.texts.object ?? ""), rules);
  return { mutations, patch, unpatchable: undefined, text: patch.length === 0 ? undefined : version.text };
}

/** The request with the object at rest in the place of its own. */
export function withObject(request: AdmissionRequest, { text }: Mutated): AdmissionRequest {
  if (text === undefined) return request;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text was written from an object
  return { ...request, object: JSON.parse(text) as JsonObject, texts: { ...request.texts, object: text } };
}
