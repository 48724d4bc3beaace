import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { apiError, messageOf } from "../api/error.ts";
import type { ApiAnswer, SendRequest } from "../api/request.ts";
import type { Clock } from "../api/wait-for.ts";
import { isDenied } from "../install/denial.ts";

/** What every step of an uninstallation needs. */
export interface Removal {
  readonly send: SendRequest;
  readonly clock: Clock;
  /** A name that no other run has, on whichever machine: a UUID. */
  readonly run: string;
  /** Tells a person what was done. */
  readonly say: (message: string) => void;
  /** Asks the API server what it would do, and changes nothing. */
  readonly dryRun: boolean;
  /** Once aborted, nothing more is removed. */
  readonly signal: AbortSignal;
}

/** The body of an answer to a list, as far as it is read. */
export const ObjectList = z.looseObject({ items: z.array(z.custom<JsonObject>(isJsonObject)) });

/** An object of the cluster: as a person calls it, e.g. `ClusterRole portcullis`, and its path. */
export interface ObjectAt {
  readonly title: string;
  readonly path: string;
}

/** The object; undefined if there is none, also where the cluster does not know its kind. */
export async function readObject(
  { send }: Pick<Removal, "send">,
  { title, path }: ObjectAt,
): Promise<JsonObject | undefined> {
  const answer = await send({ method: "GET", path });
  if (answer.code === 404) return undefined;
  if (answer.code !== 200) throw notDone(answer, `show the ${title}`);
  return answer.body;
}

/**
 * Deletes the very object that was read, not one that has come in its place since, and says so. What depends on it goes
 * after it. That it is gone already is as good.
 */
export async function removeObject(
  { send, dryRun, say, signal }: Removal,
  { title, path }: ObjectAt,
  object: JsonObject,
): Promise<void> {
  signal.throwIfAborted();
  const uid = uidOf(object);
  const answer = await send({
    method: "DELETE",
    path,
    // An API server that gets a body does not look at such options in the query.
    body: {
      type: "application/json",
      value: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(dryRun ? { dryRun: ["All"] } : {}),
      },
    },
  });
  if (answer.code === 404) return;
  if (answer.code >= 300) {
    throw answer.code === 409
      ? incomplete(
          `The API server did not delete the ${title}: ${messageOf(answer)}.`,
          "Run the command again.",
        )
      : notDone(answer, `delete the ${title}`);
  }
  say(`${dryRun ? "would remove" : "removed"} the ${title}`);
}

export function uidOf(object: JsonObject): string | undefined {
  return stringMember(objectMember(object, "metadata"), "uid");
}

/** Whether an object carries the label that everything in `manifests` has. */
export function isLabelled(object: JsonObject): boolean {
  const labels = objectMember(objectMember(object, "metadata"), "labels");
  return stringMember(labels, "app.kubernetes.io/name") === "portcullis";
}

/** Something is left: what and why, and what to do. */
export function incomplete(message: string, remedy: string): PortcullisError {
  return new PortcullisError("UNINSTALL_INCOMPLETE", { message, remedy });
}

export function notDone(answer: ApiAnswer, doing: string): PortcullisError {
  const error = apiError(answer, doing);
  if (answer.code !== 403) return error;
  const { message } = error;
  return isDenied(answer)
    ? new PortcullisError("CLUSTER_REFUSED", {
        message,
        remedy: "Have what denies it let it pass, and run the command again.",
        cause: error,
      })
    : // The permissions that installing needs are not those of removing.
      new PortcullisError("CLUSTER_FORBIDDEN", {
        message,
        remedy:
          "Use an account that may read and delete everything of Portcullis, such as one bound to cluster-admin, and run the command again.",
        cause: error,
      });
}
