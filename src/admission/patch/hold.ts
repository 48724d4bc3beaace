import { compare, type RegoValue } from "../../engine/index.ts";
import type { AdmissionRequest } from "../request.ts";
import { diff } from "./diff.ts";
import { valueAt } from "./json.ts";
import type { ObjectVersion } from "./object-version.ts";

/** What holding back depends on. */
export interface HeldRequest extends Pick<AdmissionRequest, "operation" | "resource" | "subResource"> {
  /** As the request has them; undefined where it has none. */
  readonly object: ObjectVersion | undefined;
  readonly oldObject: ObjectVersion | undefined;
}

/** Where kinds have the template from which Pods are made: to touch it restarts a workload. */
const TEMPLATES = [
  ["spec", "template"],
  ["spec", "jobTemplate"],
] as const;
const SPEC = [["spec"]] as const;

/** All that the API server lets be changed in the spec of a Pod (ValidatePodUpdate of pkg/apis/core/validation). */
const CHANGEABLE =
  /^\/spec\/(?:(?:containers|initContainers)\/\d+\/image|activeDeadlineSeconds|tolerations(?:\/.*)?)$/;

/**
 * Whether a policy's patches, which make `after` of `before`, have to be held back. On CREATE nothing runs yet. On UPDATE
 * a template, or the spec of a Pod, must stay as it is unless the request has changed it itself, or what runs would be
 * restarted; and of a Pod's spec and a Job's template the API server would refuse the whole update for most changes.
 * Throws PatchFailure if the objects are nested too deep to tell.
 */
export function isHeld(request: HeldRequest, before: RegoValue, after: RegoValue): boolean {
  const { operation, resource, subResource } = request;
  if (operation === "CREATE") return false;
  const isPod = resource.group === "" && resource.resource === "pods" && subResource === "";
  const places = isPod ? SPEC : TEMPLATES;
  if (!differs(places, before, after)) return false;
  if (isPod && !diff(before, after).every(({ path }) => !isInSpec(path) || CHANGEABLE.test(path)))
    return true;
  const isJob = resource.group === "batch" && resource.resource === "jobs";
  return isJob || !requestDiffers(places, request);
}

function isInSpec(path: string): boolean {
  return path === "/spec" || path.startsWith("/spec/");
}

type Places = readonly (readonly string[])[];

function differs(places: Places, before: RegoValue, after: RegoValue): boolean {
  return places.some(
    (pointer) => compare(valueAt(before, pointer) ?? null, valueAt(after, pointer) ?? null) !== 0,
  );
}

function requestDiffers(places: Places, { object, oldObject }: HeldRequest): boolean {
  return object !== undefined && oldObject !== undefined && differs(places, oldObject.value, object.value);
}
