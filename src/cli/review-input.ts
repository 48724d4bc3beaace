import { customResourceNames, synthesizeReview, type SynthesisOptions } from "../admission/synthesize.ts";
import { namespaceData, type NamespaceData } from "../admission/snapshot.ts";
import type { FieldPath } from "../policy/field-path.ts";
import { objectMember, stringMember, type JsonObject } from "../policy/json.ts";
import type { Manifest } from "./manifest/manifest.ts";

/** The body of the admission call for one manifest, and where the object stands in the user's document. */
export interface ReviewInput {
  readonly body: Uint8Array;
  readonly objectPath: FieldPath;
}

/** A recorded AdmissionReview is sent as it is; anything else is wrapped as the API server would. */
export function reviewInput(manifest: Manifest, options: SynthesisOptions): ReviewInput {
  const { head, text } = manifest;
  if (isAdmissionReview(head)) {
    const deleting = stringMember(objectMember(manifest.value, "request"), "operation") === "DELETE";
    return { body: encode(text), objectPath: ["request", deleting ? "oldObject" : "object"] };
  }
  return { body: encode(synthesizeReview({ value: head, text }, options)), objectPath: [] };
}

const encoder = new TextEncoder();

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

function isAdmissionReview(head: JsonObject): boolean {
  return (
    stringMember(head, "kind") === "AdmissionReview" &&
    (stringMember(head, "apiVersion") ?? "").startsWith("admission.k8s.io/")
  );
}

/** The Namespaces among some manifests, by name. */
export function namespacesIn(manifests: readonly Manifest[]): ReadonlyMap<string, NamespaceData> {
  return new Map(
    manifests.flatMap((manifest) => {
      const { head, text } = manifest;
      const name = stringMember(objectMember(head, "metadata"), "name");
      const isNamespace =
        stringMember(head, "kind") === "Namespace" && stringMember(head, "apiVersion") === "v1";
      return isNamespace && name !== undefined ? [[name, namespaceData(manifest.value, text)] as const] : [];
    }),
  );
}

/** The resource names that CustomResourceDefinitions among some manifests define. */
export function customResourcesIn(manifests: readonly Manifest[]): SynthesisOptions["customResources"] {
  return new Map(
    manifests.flatMap((manifest) => {
      const isDefinition = stringMember(manifest.head, "kind") === "CustomResourceDefinition";
      const names = isDefinition ? customResourceNames(manifest.value) : undefined;
      return names === undefined ? [] : [names];
    }),
  );
}
