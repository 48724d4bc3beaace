import { z } from "zod";
import { apiError, messageOf } from "../cluster/api/error.ts";
import type { ApiAnswer, SendRequest } from "../cluster/api/request.ts";
import { FIELD_MANAGER, ManagedFields } from "../cluster/api/managed-fields.ts";
import { readAnswer } from "../cluster/api/read-answer.ts";
import { PortcullisError } from "../error.ts";
import { ROTATE, type SecretContents, type SecretTexts } from "./certificate-state.ts";
import { changedBy } from "./changed-by.ts";
import { encodeSecret } from "./encode-secret.ts";

/** Which Secret. */
export interface SecretId {
  readonly namespace: string;
  readonly name: string;
}

/** The Secret as the API server has it, with the version under which it may be changed. */
export interface StoredSecret extends SecretTexts {
  readonly resourceVersion: string;
  /** Whether the API server takes no change of it any more. */
  readonly isImmutable: boolean;
  /** Who has changed it since Portcullis wrote it, if the API server knows. */
  readonly manager: string | undefined;
}

/** An answer, and when the API server gave it, if it said so. */
interface SecretRead {
  /** Undefined if there is none. */
  readonly secret: StoredSecret | undefined;
  readonly date: Date | undefined;
}

const Secret = z
  .looseObject({
    metadata: z.looseObject({
      resourceVersion: z.string(),
      annotations: z.record(z.string(), z.string()).nullish(),
      managedFields: ManagedFields,
    }),
    data: z.record(z.string(), z.string()).nullish(),
    immutable: z.boolean().catch(false),
  })
  .transform(({ metadata, data, immutable }): StoredSecret => ({
    resourceVersion: metadata.resourceVersion,
    isImmutable: immutable,
    manager: changedBy(metadata.managedFields),
    annotations: metadata.annotations ?? {},
    data: mapped(data ?? {}, (value) => Buffer.from(value, "base64").toString("utf8")),
  }));

/** The Secret with the certificates in one cluster. Calls throw CLUSTER_UNREACHABLE, CLUSTER_FORBIDDEN, CLUSTER_REFUSED. */
export interface SecretStore {
  readonly read: () => Promise<SecretRead>;
  /**
   * Makes the Secret say `contents`; keys, labels and annotations that are not Portcullis' own stay. `conflict` if
   * somebody else was faster: `before` is no longer what there is.
   */
  readonly write: (
    contents: SecretContents,
    before: StoredSecret | undefined,
  ) => Promise<"written" | "conflict">;
}

export function secretStore(send: SendRequest, { namespace, name }: SecretId): SecretStore {
  const secrets = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const path = `${secrets}/${encodeURIComponent(name)}`;
  return {
    read: async () => {
      const answer = await send({ method: "GET", path });
      const { date } = answer;
      if (answer.code === 404) return { secret: undefined, date };
      if (answer.code !== 200) throw apiError(answer, `show the Secret ${namespace}/${name}`);
      return { secret: readAnswer(Secret, answer.body, `Secret ${namespace}/${name}`), date };
    },
    write: async (contents, before) => {
      const answer =
        before === undefined
          ? await send({
              method: "POST",
              path: secrets,
              query: { fieldManager: FIELD_MANAGER },
              body: { type: "application/json", value: newSecret({ namespace, name }, contents) },
            })
          : await send({
              method: "PATCH",
              path,
              query: { fieldManager: FIELD_MANAGER },
              body: { type: "application/merge-patch+json", value: changeOf(before, contents) },
            });
      return outcomeOf(answer, { namespace, name }, before?.isImmutable === true);
    },
  };
}

/** Reads an object of a watch; undefined if it is no Secret. */
export function storedSecret(object: unknown): StoredSecret | undefined {
  return Secret.safeParse(object).data;
}

/** Of the type that `kubectl create secret tls` makes: the API server takes no change that leaves its two keys out. */
function newSecret({ namespace, name }: SecretId, contents: SecretContents): unknown {
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { namespace, name, labels: { "app.kubernetes.io/name": "portcullis" } },
    data: mapped(encodeSecret(contents), (text) => (text === undefined ? undefined : base64(text))),
  };
}

/** RFC 7396: null takes a key away. With the resourceVersion the API server refuses it if anybody else was faster. */
function changeOf({ resourceVersion, annotations }: StoredSecret, contents: SecretContents): unknown {
  const asked = annotations[ROTATE];
  const isDone = contents.rotate === undefined && (asked === "leaf" || asked === "ca");
  return {
    metadata: { resourceVersion, ...(isDone ? { annotations: { [ROTATE]: null } } : {}) },
    data: mapped(encodeSecret(contents), (text) => (text === undefined ? null : base64(text))),
  };
}

/** Somebody else has made, changed or deleted it meanwhile. */
function outcomeOf(answer: ApiAnswer, secret: SecretId, isImmutable: boolean): "written" | "conflict" {
  const { code, body } = answer;
  if (code === 200 || code === 201) return "written";
  // A namespace that is not there is a 404, too, but of another kind.
  const isGone = code === 404 && GoneSecret.safeParse(body).success;
  if (code === 409 || isGone) return "conflict";
  // A policy that refuses it may say 422, too: what is there is the only copy then, and must stay.
  throw code === 422 && isImmutable
    ? refusedForGood(answer, secret)
    : apiError(answer, `write the Secret ${secret.namespace}/${secret.name}`);
}

function refusedForGood(answer: ApiAnswer, { namespace, name }: SecretId): PortcullisError {
  return new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server did not write the Secret ${namespace}/${name}: ${messageOf(answer)}.`,
    remedy: `Delete it with \`kubectl delete secret ${name} --namespace ${namespace}\`: the leader makes a new one, as in a rotation, and nothing stops being trusted.`,
  });
}

const GoneSecret = z.looseObject({ details: z.looseObject({ kind: z.literal("secrets") }) });

/** The same keys; what is undefined afterwards is left out of JSON. */
function mapped<From, To>(
  object: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
