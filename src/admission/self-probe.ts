import { objectMember, stringMember } from "../policy/json.ts";
import { builtInPass, builtInViolation } from "./built-in.ts";
import type { Outcome } from "./outcome.ts";
import type { AdmissionRequest } from "./request.ts";

/** On a ConfigMap or Namespace that is written as a dry run: asks for the answer that the value names. */
export const SELF_PROBE_ANNOTATION = "policy.portcullis.dev/self-probe";

/**
 * `portcullis webhooks --apply` proves the way from the API server to here with two objects: a known-bad one, which no
 * policy of any bundle needs to know, and a known-good one, which no policy may deny; `portcullis doctor` does so with a
 * Namespace, through the webhooks that are installed. Undefined for anything else. Only dry runs count, so nothing is
 * ever stored that policies have not seen.
 */
export function selfProbe(request: AdmissionRequest): readonly Outcome[] | undefined {
  const { dryRun, operation, resource } = request;
  if (!dryRun || operation !== "CREATE" || resource.group !== "" || !PROBED.includes(resource.resource))
    return undefined;
  // Objects are parsed when they are first looked at, and most requests are no probe.
  const annotations = objectMember(objectMember(request.object, "metadata"), "annotations");
  const wanted = annotations && stringMember(annotations, SELF_PROBE_ANNOTATION);
  if (wanted === "allow") return [builtInPass(ID)];
  return wanted === "deny" ? [builtInViolation(ID, KNOWN_BAD)] : undefined;
}

const PROBED: readonly string[] = ["configmaps", "namespaces"];

const KNOWN_BAD = {
  message: "this is the self-probe's known-bad object, which is always denied",
  field: undefined,
  remediation: undefined,
};
const ID = "portcullis/self-probe";
