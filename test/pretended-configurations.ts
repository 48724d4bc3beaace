/** An API server that has webhook configurations, as far as those who keep them can tell. */
import type { ApiAnswer, ApiRequest } from "../src/cluster/api-request.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../src/policy/json.ts";
import type { WebhookConfiguration, WebhookKind } from "../src/cluster/webhook-configuration.ts";

const RESOURCES = {
  validatingwebhookconfigurations: "ValidatingWebhookConfiguration",
  mutatingwebhookconfigurations: "MutatingWebhookConfiguration",
} as const;

interface Stored {
  readonly uid: string;
  readonly version: number;
  readonly annotations: JsonObject;
  readonly webhooks: readonly JsonObject[];
  readonly managedFields: readonly JsonObject[];
  /** The names of entries that Portcullis has applied. */
  readonly applied: readonly string[];
}

export class PretendedConfigurations {
  /** Those that change something. */
  readonly writes: ApiRequest[] = [];
  /** Called before each write is looked at. */
  beforeWrite: () => void = () => undefined;
  readonly #stored = new Map<string, Stored>();
  #version = 0;

  /** As `portcullis webhooks --apply` does it. */
  install(configuration: WebhookConfiguration): void {
    this.#put(configuration.kind, {
      uid: `uid-${(this.#version += 1)}`,
      annotations: { ...configuration.metadata.annotations },
      webhooks: configuration.webhooks.map(defaulted),
      managedFields: [{ manager: "portcullis", operation: "Apply", fieldsV1: {} }],
      applied: configuration.webhooks.map(({ name }) => name),
    });
  }

  /** As `kubectl edit` by somebody. `fields`: what of an entry is theirs then. */
  edit(
    kind: WebhookKind,
    change: (webhooks: readonly JsonObject[]) => readonly JsonObject[],
    fields?: JsonObject,
  ): void {
    const stored = this.#get(kind);
    const theirs = { manager: "somebody", operation: "Update", fieldsV1: { "f:webhooks": fields ?? {} } };
    this.#put(kind, {
      ...stored,
      webhooks: change(stored.webhooks),
      managedFields: [...stored.managedFields, theirs],
    });
  }

  /** Nobody has applied it on the server any more. */
  disown(kind: WebhookKind): void {
    this.#put(kind, { ...this.#get(kind), managedFields: [] });
  }

  remove(kind: WebhookKind): void {
    this.#stored.delete(kind);
  }

  webhooks(kind: WebhookKind): readonly JsonObject[] {
    return this.#get(kind).webhooks;
  }

  readonly send = async (request: ApiRequest): Promise<ApiAnswer> => {
    if (request.method !== "GET") {
      this.beforeWrite();
      this.writes.push(request);
    }
    const [, resource] = /\/(\w+)\/portcullis$/.exec(request.path) ?? [];
    const kind = Object.entries(RESOURCES).find(([name]) => name === resource)?.[1];
    const stored = kind === undefined ? undefined : this.#stored.get(kind);
    if (kind === undefined || stored === undefined) return { code: 404, body: {} };
    const body: unknown = JSON.parse(JSON.stringify(request.body?.value ?? {}));
    return this.#answer(kind, stored, { method: request.method, body: isJsonObject(body) ? body : {} });
  };

  #answer(
    kind: WebhookKind,
    stored: Stored,
    { method, body }: { readonly method: string; readonly body: JsonObject },
  ): ApiAnswer {
    if (method === "GET") return { code: 200, body: bodyOf(stored) };
    const metadata = objectMember(body, "metadata");
    const isCurrent =
      metadata?.["uid"] === stored.uid && metadata["resourceVersion"] === String(stored.version);
    if (!isCurrent) return { code: 409, body: {} };
    const wanted = (Array.isArray(body["webhooks"]) ? body["webhooks"] : []).filter(isJsonObject);
    const annotations = objectMember(metadata, "annotations") ?? {};
    const next =
      method === "PATCH"
        ? appliedTo(stored, wanted, annotations)
        : { ...stored, webhooks: wanted.map(defaulted) };
    if (!next.webhooks.every(isValid)) return { code: 422, body: {} };
    this.#put(kind, next);
    return { code: 200, body: bodyOf(this.#get(kind)) };
  }

  #get(kind: WebhookKind): Stored {
    const stored = this.#stored.get(kind);
    if (stored === undefined) throw new Error(`There is no ${kind}.`);
    return stored;
  }

  #put(kind: WebhookKind, stored: Omit<Stored, "version">): void {
    this.#version += 1;
    this.#stored.set(kind, { ...stored, version: this.#version });
  }
}

function bodyOf({ uid, version, annotations, webhooks, managedFields }: Stored): JsonObject {
  return { metadata: { uid, resourceVersion: String(version), annotations, managedFields }, webhooks };
}

function isValid(entry: JsonObject): boolean {
  const client = objectMember(entry, "clientConfig");
  return (client?.["url"] === undefined) !== (client?.["service"] === undefined);
}

/** Entries and conditions are merged by their names; what was applied before and is not any more goes. */
function appliedTo(stored: Stored, wanted: readonly JsonObject[], annotations: JsonObject): Stored {
  const names = wanted.map(nameOf);
  const left = stored.webhooks.filter(
    (entry) => names.includes(nameOf(entry)) || !stored.applied.includes(nameOf(entry)),
  );
  const merged = left.map((entry) => {
    const now = wanted.find((each) => nameOf(each) === nameOf(entry));
    return now === undefined ? entry : mergedEntry(entry, now);
  });
  const added = wanted.filter((entry) => !left.some((each) => nameOf(each) === nameOf(entry)));
  return {
    ...stored,
    annotations: { ...stored.annotations, ...annotations },
    webhooks: [...merged, ...added.map(defaulted)],
    applied: names,
  };
}

function mergedEntry(stored: JsonObject, wanted: JsonObject): JsonObject {
  const byName = new Map(
    [...conditionsOf(stored), ...conditionsOf(wanted)].map((each) => [nameOf(each), each]),
  );
  return {
    ...stored,
    ...wanted,
    clientConfig: { ...objectMember(stored, "clientConfig"), ...objectMember(wanted, "clientConfig") },
    matchConditions: [...byName.values()],
  };
}

function conditionsOf(entry: JsonObject): readonly JsonObject[] {
  const conditions = entry["matchConditions"];
  return (Array.isArray(conditions) ? conditions : []).filter(isJsonObject);
}

function nameOf(object: JsonObject): string {
  return stringMember(object, "name") ?? "";
}

/** With what the API server fills in. */
function defaulted(entry: object): JsonObject {
  return { objectSelector: {}, ...entry };
}
