import { z } from "zod";
import type { PortcullisError } from "../../error.ts";
import { isJsonObject, objectMember, type JsonObject } from "../../policy/json.ts";
import { apiError } from "../api/error.ts";
import type { ApiAnswer, SendRequest } from "../api/request.ts";
import { FIELD_MANAGER, ManagedFields, type ManagedFieldsEntry } from "../api/managed-fields.ts";
import { configurationPath } from "../install/client.ts";
import { RECORD_ANNOTATION } from "../install/record.ts";
import type { ConfigurationId, WebhookConfiguration } from "../webhooks/configuration.ts";
import { IGNORE_ANNOTATION } from "../webhooks/webhooks.ts";
import { readAnswer } from "../api/read-answer.ts";

/** A webhook configuration as the API server has it at one moment. */
export interface InstalledConfiguration {
  readonly id: ConfigurationId;
  readonly annotations: JsonObject;
  readonly webhooks: readonly JsonObject[];
  readonly managedFields: readonly ManagedFieldsEntry[];
  /** With both of them a write is about this very object, as it is here. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** All of it. */
  readonly body: JsonObject;
}

/** What became of a write; `outdated` if the object has changed since it was read, or is gone. */
export type Written =
  | { readonly kind: "stored"; readonly configuration: InstalledConfiguration }
  | { readonly kind: "outdated" }
  /** The API server does not take it; without what others have set it may. */
  | { readonly kind: "invalid"; readonly error: PortcullisError };

/**
 * Configurations that are there, and nothing that could make one. Every method throws a PortcullisError for an answer
 * that it does not name.
 */
export interface InstalledStore {
  readonly read: (id: ConfigurationId) => Promise<InstalledConfiguration | undefined>;
  /** Server-side apply that takes fields over; what others have added stays. */
  readonly apply: (wanted: WebhookConfiguration, to: InstalledConfiguration) => Promise<Written>;
  /** The wanted entries and annotations of Portcullis instead of those that are there. */
  readonly replace: (wanted: WebhookConfiguration, of: InstalledConfiguration) => Promise<Written>;
}

export function installedStore(send: SendRequest): InstalledStore {
  return {
    read: async (id) => {
      const answer = await send({ method: "GET", path: configurationPath(id) });
      if (answer.code === 404) return undefined;
      if (answer.code !== 200) throw apiError(answer, `show the ${id.kind} ${id.name}`);
      return installed(id, answer.body);
    },
    apply: async (wanted, { id, uid, resourceVersion }) => {
      const value = { ...wanted, metadata: { ...wanted.metadata, uid, resourceVersion } };
      const answer = await send({
        method: "PATCH",
        path: configurationPath(id),
        query: { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", force: "true" },
        body: { type: "application/apply-patch+yaml", value },
      });
      return written(id, answer);
    },
    replace: async (wanted, of) => {
      const { id } = of;
      const answer = await send({
        method: "PUT",
        path: configurationPath(id),
        query: { fieldManager: FIELD_MANAGER },
        body: { type: "application/json", value: replaced(wanted, of) },
      });
      return written(id, answer);
    },
  };
}

function replaced(
  { webhooks, metadata }: WebhookConfiguration,
  { body, annotations }: InstalledConfiguration,
): Readonly<Record<string, unknown>> {
  const { [RECORD_ANNOTATION]: _, [IGNORE_ANNOTATION.name]: __, ...others } = annotations;
  const all = { ...others, ...metadata.annotations };
  return { ...body, metadata: { ...objectMember(body, "metadata"), annotations: all }, webhooks };
}

function written(id: ConfigurationId, answer: ApiAnswer): Written {
  const doing = `write the ${id.kind} ${id.name}`;
  switch (answer.code) {
    case 200:
      return { kind: "stored", configuration: installed(id, answer.body) };
    case 404:
    case 409:
      return { kind: "outdated" };
    case 422:
      return { kind: "invalid", error: apiError(answer, doing) };
    default:
      throw apiError(answer, doing);
  }
}

const Configuration = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string(),
    annotations: z.custom<JsonObject>(isJsonObject).default({}),
    managedFields: ManagedFields,
  }),
  webhooks: z.array(z.custom<JsonObject>(isJsonObject)).default([]),
});

function installed(id: ConfigurationId, body: JsonObject): InstalledConfiguration {
  const { metadata, webhooks } = readAnswer(Configuration, body, `${id.kind} ${id.name}`);
  const { uid, resourceVersion, annotations, managedFields } = metadata;
  return { id, annotations, webhooks, managedFields, uid, resourceVersion, body };
}
