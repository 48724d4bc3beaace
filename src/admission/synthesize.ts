import { objectMember, stringMember, type JsonObject } from "../policy/json.ts";
import { resourceOf } from "../policy/kinds.ts";
import type { Operation } from "../policy/rule.ts";
import { memberSpans, withoutMembers } from "./json-text.ts";
import type { GroupVersionKind, UserInfo } from "./request.ts";
import { MAX_DEPTH } from "./review.ts";

/** A manifest: the object and its exact JSON text. `value` must have `apiVersion` and `kind`. */
export interface ManifestObject {
  readonly value: JsonObject;
  readonly text: string;
}

/** What the API server would know of the call besides the object. */
export interface SynthesisOptions {
  readonly uid: string;
  readonly operation: Exclude<Operation, "CONNECT">;
  /** The namespace of namespaced objects that name none. */
  readonly namespace: string;
  readonly userInfo: UserInfo;
  /** Names of custom resources, by `group/kind`, from CustomResourceDefinitions in the same input. */
  readonly customResources: ReadonlyMap<string, ResourceNames>;
}

export interface ResourceNames {
  readonly resource: string;
  readonly namespaced: boolean;
}

/**
 * The AdmissionReview, as JSON text, that the API server would send to a validating webhook for a manifest. What it
 * adds itself (defaults, `uid`, `creationTimestamp`, generated names) is not there; with UPDATE the old object is the
 * same as the new one, and `oldObjectUnknown` says that this is no news of it.
 */
export function synthesizeReview(manifest: ManifestObject, options: SynthesisOptions): string {
  const { operation, uid, userInfo } = options;
  const kind = groupVersionKind(manifest.value);
  const { resource: plural, namespaced } = resourceNames(kind, options.customResources);
  const resource = { group: kind.group, version: kind.version, resource: plural };
  const metadata = objectMember(manifest.value, "metadata");
  const name = stringMember(metadata, "name") ?? "";
  const own = stringMember(metadata, "namespace") ?? "";
  const namespace = namespaced ? own || options.namespace : "";
  const head = {
    uid,
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    name,
    // As the API server: for a Namespace the namespace of the request is its own name.
    ...namespaceMember(isNamespace(kind) ? name : namespace),
    operation,
    userInfo,
    dryRun: false,
    options: { kind: OPTIONS_KINDS[operation], apiVersion: "meta.k8s.io/v1" },
  };
  const object = own === namespace ? manifest.text : inNamespace(manifest.text, namespace);
  const request = `${JSON.stringify(head).slice(0, -1)},${objectMembers(operation, object)}}`;
  const unknown = operation === "UPDATE" ? ',"oldObjectUnknown":true' : "";
  return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"${unknown},"request":${request}}`;
}

function isNamespace({ group, kind }: GroupVersionKind): boolean {
  return group === "" && kind === "Namespace";
}

function namespaceMember(namespace: string): { readonly namespace?: string } {
  return namespace === "" ? {} : { namespace };
}

function objectMembers(operation: SynthesisOptions["operation"], object: string): string {
  const [after, before] = [
    operation === "DELETE" ? "null" : object,
    operation === "CREATE" ? "null" : object,
  ];
  return `"object":${after},"oldObject":${before}`;
}

const OPTIONS_KINDS = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" } as const;

function groupVersionKind(value: JsonObject): GroupVersionKind {
  const apiVersion = stringMember(value, "apiVersion") ?? "";
  const slash = apiVersion.indexOf("/");
  return {
    group: slash === -1 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: stringMember(value, "kind") ?? "",
  };
}

/** `spec.names` and `spec.scope` of a CustomResourceDefinition, keyed as `SynthesisOptions` takes them. */
export function customResourceNames(definition: JsonObject): readonly [string, ResourceNames] | undefined {
  const spec = objectMember(definition, "spec");
  const names = objectMember(spec, "names");
  const [group, kind, resource] = [
    stringMember(spec, "group"),
    stringMember(names, "kind"),
    stringMember(names, "plural"),
  ];
  if (group === undefined || kind === undefined || resource === undefined) return undefined;
  return [`${group}/${kind}`, { resource, namespaced: stringMember(spec, "scope") !== "Cluster" }];
}

function resourceNames(
  { group, kind }: GroupVersionKind,
  customResources: SynthesisOptions["customResources"],
): ResourceNames {
  return (
    customResources.get(`${group}/${kind}`) ??
    resourceOf(group, kind) ?? { resource: guessResource(kind), namespaced: true }
  );
}

/**
 * The English plural, which kubebuilder and its kin give custom resources; `meta.UnsafeGuessKindToResource` of
 * k8s.io/apimachinery would make `gatewaies` of Gateway and `meshs` of Mesh.
 */
function guessResource(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith("endpoints")) return singular;
  if (/(s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

const NAMESPACE = new Set(["namespace"]);

/**
 * Before admission the API server writes the request's namespace into an object that has none, and takes it out of a
 * cluster-scoped one (`EnsureObjectNamespaceMatchesRequestNamespace` of k8s.io/apiserver).
 */
function inNamespace(text: string, namespace: string): string {
  const added = `"namespace":${JSON.stringify(namespace)}`;
  const start = text.indexOf("{");
  const metadata = memberSpans(text, start, MAX_DEPTH).get("metadata");
  if (metadata === undefined) return insertMember(text, start, `"metadata":{${added}}`);
  const { valueStart, end } = metadata;
  const isObject = text[valueStart] === "{";
  const rest = isObject ? withoutMembers(text, memberSpans(text, valueStart, MAX_DEPTH), NAMESPACE) : "{}";
  return (
    text.slice(0, valueStart) + (namespace === "" ? rest : insertMember(rest, 0, added)) + text.slice(end)
  );
}

function insertMember(text: string, brace: number, added: string): string {
  const rest = text.slice(brace + 1);
  return `${text.slice(0, brace + 1)}${added}${rest.trimStart().startsWith("}") ? "" : ","}${rest}`;
}
