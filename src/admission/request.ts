import type { InputDocument } from "../engine/index.ts";
import { sharedDocument, type RequestDocuments } from "../policy/input/documents.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Operation } from "../policy/rule.ts";

/** `metav1.GroupVersionKind`; the core group is `""`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** `metav1.GroupVersionResource`. */
interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface UserInfo {
  readonly username: string;
  readonly groups: readonly string[];
}

/** An `admission.k8s.io/v1` AdmissionRequest, validated: what the flow looks at. Policies see the exact texts. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  /** `""` for the resource itself. */
  readonly subResource: string;
  /** From the request or, where it has none (deletecollection), from the object; `""` with `generateName`. */
  readonly name: string;
  /** `""` for cluster-scoped objects; a Namespace's own name for a Namespace. */
  readonly namespace: string;
  readonly operation: Operation;
  readonly userInfo: UserInfo;
  readonly dryRun: boolean;
  /** Parsed when it is first read, which most requests do without: not to be destructured on the way in. */
  readonly object: JsonObject | null;
  /** As `object`. */
  readonly oldObject: JsonObject | null;
  readonly texts: RequestTexts;
  /** `eval` puts a manifest in the place of an old object of which it knows nothing. */
  readonly oldObjectUnknown?: true;
}

/** Exact JSON texts of the request's parts; `null` where the request says null, undefined where it has no such member. */
export interface RequestTexts {
  /** The request without `object` and `oldObject`. */
  readonly head: string;
  readonly object: string | null | undefined;
  readonly oldObject: string | null | undefined;
}

/** The request's resource as policies name it, e.g. `deployments.apps/scale`. */
export function resourceName(request: Pick<AdmissionRequest, "resource" | "subResource">): string {
  const { resource, group } = request.resource;
  const name = group === "" ? resource : `${resource}.${group}`;
  return request.subResource === "" ? name : `${name}/${request.subResource}`;
}

/** The request's parts as the engine takes them. */
export function requestDocuments(
  request: Pick<AdmissionRequest, "texts">,
  namespaceObject: InputDocument | undefined,
): RequestDocuments {
  const { head, object, oldObject } = request.texts;
  return { head, object: documentOf(object), oldObject: documentOf(oldObject), namespaceObject };
}

function documentOf(text: string | null | undefined): InputDocument | null | undefined {
  return typeof text === "string" ? sharedDocument(text) : text;
}
