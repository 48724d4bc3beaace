import { isJsonObject, stringMember, type JsonObject } from "../../policy/json.ts";
import { isLabelled, readObject, removeObject, type ObjectAt, type Removal } from "./removal.ts";
import type { AskedService } from "./webhooks.ts";

/**
 * Deletes the permissions in the whole cluster: the ClusterRoleBinding and the ClusterRole of the Service's name. One that
 * permits an account of another namespace belongs to another installation, and its role with it.
 */
export async function removeClusterRole(service: AskedService, removal: Removal): Promise<void> {
  const bindingAt = permissionAt("ClusterRoleBinding", service);
  const binding = await readObject(removal, bindingAt);
  if (binding !== undefined && !isFor(service, binding)) {
    removal.say(
      `kept: the ${bindingAt.title} and its role, because it is not only for accounts of the namespace ${service.namespace}`,
    );
    return;
  }
  await removeLabelled(bindingAt, binding, removal);
  const roleAt = permissionAt("ClusterRole", service);
  await removeLabelled(roleAt, await readObject(removal, roleAt), removal);
}

function permissionAt(kind: "ClusterRoleBinding" | "ClusterRole", { name }: AskedService): ObjectAt {
  const path = `/apis/rbac.authorization.k8s.io/v1/${kind.toLowerCase()}s/${encodeURIComponent(name)}`;
  return { title: `${kind} ${name}`, path };
}

function isFor({ namespace }: AskedService, { subjects }: JsonObject): boolean {
  return (Array.isArray(subjects) ? subjects : [])
    .filter(isJsonObject)
    .every((subject) => stringMember(subject, "namespace") === namespace);
}

async function removeLabelled(at: ObjectAt, object: JsonObject | undefined, removal: Removal): Promise<void> {
  if (object === undefined) removal.say(`not there: the ${at.title}`);
  else if (isLabelled(object)) await removeObject(removal, at, object);
  else {
    removal.say(
      `kept: the ${at.title}, which is not of the manifests of Portcullis: it has no label app.kubernetes.io/name: portcullis`,
    );
  }
}
