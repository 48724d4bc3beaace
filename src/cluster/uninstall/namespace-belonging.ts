import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { FIELD_MANAGER, ManagedFields } from "../api/managed-fields.ts";
import { isLabelled, uidOf } from "./removal.ts";
import type { AskedService } from "./webhooks.ts";

/** Whose an object in the namespace of Portcullis is. `kubernetes` goes by itself: with its owner, or with the namespace. */
export type Belonging = "portcullis" | "kubernetes" | "others";

interface Listed {
  /** e.g. `secrets portcullis-tls`. */
  readonly id: string;
  readonly object: JsonObject;
}

/**
 * Whose each of all objects of the namespace is. An owner says nothing by being there, since anybody may name one: only what
 * is owned, over however many steps, by what is of Portcullis goes with it. `isOurs` is whether the manifests made the
 * namespace.
 */
export function belongingOf(
  objects: readonly Listed[],
  service: AskedService,
  isOurs: boolean,
): readonly Belonging[] {
  const isInstalled = isInstalledHere(objects, service, isOurs);
  const own = objects.map((listed) => ownBelonging(listed, service, isInstalled));
  const roots = objects.filter(({ id }, index) => own[index] === "portcullis" || id === endpoints(service));
  const going = withOwned(
    new Set(roots.map(({ object }) => uidOf(object)).filter((uid) => uid !== undefined)),
    objects,
  );
  return objects.map(({ object }, index) =>
    isOwned(object, going) ? "kubernetes" : (own[index] ?? "others"),
  );
}

/**
 * Whether an installation of this very name is here, so that names tell of what it made: `--service` may be mistyped, and
 * `web-tls` is most likely of a server `web`.
 */
function isInstalledHere(objects: readonly Listed[], { name }: AskedService, isOurs: boolean): boolean {
  const labelled = objects.filter(({ object }) => isLabelled(object));
  if (name === "portcullis") return isOurs || labelled.length > 0;
  return labelled.some(({ id }) => id === `services ${name}` || id === `deployments.apps ${name}`);
}

/** By what an object says of itself. */
function ownBelonging({ id, object }: Listed, service: AskedService, isInstalled: boolean): Belonging {
  if (isLabelled(object)) return "portcullis";
  const { name } = service;
  // Made by a person, by cert-manager or by the server, whose objects carry no label of the manifests.
  const unlabelled = [`secrets ${name}-tls`, `secrets ${name}-ca`, `leases.coordination.k8s.io ${name}`];
  if (unlabelled.includes(id) && (isInstalled || isWrittenByServer(object))) return "portcullis";
  const everywhere = ["configmaps kube-root-ca.crt", "serviceaccounts default", endpoints(service)];
  return everywhere.includes(id) ? "kubernetes" : "others";
}

function isWrittenByServer(object: JsonObject): boolean {
  const managers = ManagedFields.parse(objectMember(object, "metadata")?.["managedFields"]);
  return managers.some(({ manager }) => manager === FIELD_MANAGER);
}

/** Those of our Service: they have no owner. */
function endpoints({ name }: AskedService): string {
  return `endpoints ${name}`;
}

/** These uids, and those of all objects that go with them. */
function withOwned(owners: ReadonlySet<string>, objects: readonly Listed[]): ReadonlySet<string> {
  const more = objects
    .filter(({ object }) => isOwned(object, owners))
    .map(({ object }) => uidOf(object))
    .filter((uid) => uid !== undefined)
    .filter((uid) => !owners.has(uid));
  return more.length === 0 ? owners : withOwned(new Set([...owners, ...more]), objects);
}

/** Kubernetes deletes what has owners with the last of them. */
function isOwned(object: JsonObject, owners: ReadonlySet<string>): boolean {
  const named = ownersOf(object);
  return named.length > 0 && named.every((owner) => owner !== undefined && owners.has(owner));
}

/** Their uids; undefined for one that cannot be read. */
function ownersOf(object: JsonObject): readonly (string | undefined)[] {
  const owners = objectMember(object, "metadata")?.["ownerReferences"];
  if (!Array.isArray(owners)) return [];
  return owners.map((owner) => (isJsonObject(owner) ? stringMember(owner, "uid") : undefined));
}
