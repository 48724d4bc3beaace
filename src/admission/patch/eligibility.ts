import { compare, type RegoValue } from "../../engine/index.ts";
import { member, objectMember } from "../../policy/json.ts";
import type { AdmissionRequest } from "../request.ts";
import { valueAt } from "./json.ts";

/** Why an object is not patched, whichever policy matches. */
export type Unpatchable = "operation" | "deletion" | "mirror-pod";

/**
 * On DELETE and CONNECT a patch is an error of the API server; an object that is being deleted must be able to go; a
 * mirror Pod shows what a kubelet runs already, and nobody can change it.
 */
export function unpatchable({ operation, object, oldObject }: AdmissionRequest): Unpatchable | undefined {
  if (operation === "DELETE" || operation === "CONNECT" || object === null) return "operation";
  const [now, before] = [object, oldObject].map((version) => objectMember(version, "metadata"));
  const deletion = [now, before].map((metadata) => metadata && member(metadata, "deletionTimestamp"));
  if (deletion.some((time) => time !== undefined && time !== null)) return "deletion";
  const annotations = objectMember(now, "annotations");
  const isPod = object["kind"] === "Pod" && object["apiVersion"] === "v1";
  return isPod && annotations !== undefined && member(annotations, MIRROR) !== undefined
    ? "mirror-pod"
    : undefined;
}

/** The kubelet's mark on the Pods that it shows (k8s.io/api, core/v1 MirrorPodAnnotationKey). */
const MIRROR = "kubernetes.io/config.mirror";

/** By what the API server knows the object of a request; it refuses an answer that changes any of it. */
const IDENTITY = [
  ["apiVersion"],
  ["kind"],
  ["metadata", "name"],
  ["metadata", "namespace"],
  ["metadata", "uid"],
  ["metadata", "resourceVersion"],
] as const;

/** The first member that says which object it is and that a patch has changed, e.g. `metadata.name`. */
export function changedIdentity(before: RegoValue, after: RegoValue): string | undefined {
  const changed = IDENTITY.find((pointer) => {
    const value = valueAt(before, pointer) ?? null;
    // A name may be given to an object that has none yet.
    const mayBeGiven = value === null && pointer[1] === "name";
    return !mayBeGiven && compare(value, valueAt(after, pointer) ?? null) !== 0;
  });
  return changed?.join(".");
}
