import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { namespaceContent, type NamespaceContent } from "./namespace-content.ts";
import { incomplete, isLabelled, readObject, removeObject, type ObjectAt, type Removal } from "./removal.ts";
import type { AskedService } from "./webhooks.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";

/**
 * Deletes the namespace of Portcullis with everything in it, if all of it is of Portcullis or of Kubernetes; else only the
 * objects of Portcullis, and says what the namespace is kept for. `look` is called again and again while it goes. Throws
 * UNINSTALL_INCOMPLETE for a namespace that does not go.
 */
export async function removeNamespace(
  service: AskedService,
  removal: Removal,
  look: () => Promise<void>,
): Promise<void> {
  const at = namespaceAt(service);
  const namespace = await readObject(removal, at);
  if (namespace === undefined) {
    removal.say(`not there: the ${at.title}`);
    return;
  }
  if (!isTerminating(namespace)) {
    const content = await namespaceContent(removal.send, service, isLabelled(namespace));
    const reason = reasonToKeep(namespace, content);
    if (reason !== undefined) {
      await removeContent(content, removal);
      removal.say(`kept: the ${at.title}, ${reason}`);
      checkRead(content, service);
      return;
    }
    await removeObject(removal, at, namespace);
  }
  if (!removal.dryRun) await untilGone(at, removal, look);
}

/** Whether there is one in which the server may be. */
export async function hasNamespace(service: AskedService, removal: Removal): Promise<boolean> {
  return (await readObject(removal, namespaceAt(service))) !== undefined;
}

function namespaceAt({ namespace }: AskedService): ObjectAt {
  return { title: `Namespace ${namespace}`, path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` };
}

function isTerminating(namespace: JsonObject): boolean {
  return stringMember(objectMember(namespace, "metadata"), "deletionTimestamp") !== undefined;
}

/** How many foreign objects are named; the rest is counted. */
const NAMED = 10;

function reasonToKeep(namespace: JsonObject, { foreign, unread }: NamespaceContent): string | undefined {
  if (foreign.length > 0) {
    const more = foreign.length > NAMED ? ` and ${foreign.length - NAMED} more` : "";
    return `because it holds what is not of Portcullis: ${foreign.slice(0, NAMED).join(", ")}${more}`;
  }
  if (unread.length > 0) return `because it cannot be told what else it holds`;
  return isLabelled(namespace)
    ? undefined
    : "because it was not made by the manifests of Portcullis: it has no label app.kubernetes.io/name: portcullis";
}

async function removeContent({ ours }: NamespaceContent, removal: Removal): Promise<void> {
  for (const each of ours) await removeObject(removal, each, each.object);
}

function checkRead({ unread }: NamespaceContent, { namespace }: AskedService): void {
  if (unread.length === 0) return;
  throw incomplete(
    `The Namespace ${namespace} was kept: the API server did not show what it holds of ${unread.join(", ")}.`,
    "Mend these APIs, or delete the APIService or CustomResourceDefinition of one that is not used any more, and run the command again; a namespace does not go while one of them does not answer.",
  );
}

/** Milliseconds: Pods may take 30 s to end, and the namespace controller looks again after ever longer times. */
const PATIENCE = 120_000;

async function untilGone(at: ObjectAt, removal: Removal, look: () => Promise<void>): Promise<void> {
  const attempt = async (): Promise<Attempt> => {
    await look();
    const namespace = await readObject(removal, at);
    return namespace === undefined
      ? { kind: "done" }
      : { kind: "again", reason: ["it is Terminating", ...obstacles(namespace)].join("; ") };
  };
  const reason = await waitFor(attempt, {
    clock: removal.clock,
    say: (waiting) => removal.say(`the ${at.title} goes: ${waiting}`),
    patience: PATIENCE,
  });
  if (reason === undefined) return;
  throw incomplete(
    `The ${at.title} is not gone after ${PATIENCE / 1_000} s: ${reason}.`,
    "Kubernetes goes on with it by itself. If it stays: mend or remove the API that does not answer, or have the controller run whose finalizer is named, and do not edit the finalizers of the Namespace itself, which would leave its objects behind unseen.",
  );
}

/** What the namespace controller says is in its way (k8s.io/kubernetes, pkg/controller/namespace/deletion). */
function obstacles(namespace: JsonObject): readonly string[] {
  const conditions = objectMember(namespace, "status")?.["conditions"];
  return (Array.isArray(conditions) ? conditions : [])
    .filter(isJsonObject)
    .filter((condition) => stringMember(condition, "status") === "True")
    .map((condition) => stringMember(condition, "message") ?? "")
    .filter((message) => message !== "");
}
