/** An API server that has webhook configurations, as far as those who keep them can tell. */
import type { ApiAnswer, ApiRequest } from "../src/cluster/api/request.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../src/policy/json.ts";
import type { WebhookConfiguration, WebhookKind } from "../src/cluster/webhooks/configuration.ts";

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

  /** As `portcullis webhooks --apply` does it where there is none. */
  install(configuration: WebhookConfiguration): void {
    this.#install(configuration, `uid-${(this.#version += 1)}`);
  }

  /** As `portcullis webhooks --apply` does it over what is there. */
  reinstall(configuration: WebhookConfiguration): void {
    this.#install(configuration, this.#get(configuration.kind).uid);
  }

  #install(configuration: WebhookConfiguration, uid: string): void {
    this.#put(configuration.kind, {
      uid,
      annotations: { ...configuration.metadata.annotations },
      webhooks: configuration.webhooks.map(defaulted),
      managedFields: [appliedFields(configuration.metadata.annotations ?? {})],
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

  /** As `kubectl annotate` by somebody, who owns it then; without a value it is taken away. */
  annotate(kind: WebhookKind, name: string, value: string | undefined): void {
    const stored = this.#get(kind);
    const { [name]: _, ...others } = stored.annotations;
    const fieldsV1 = { "f:metadata": { "f:annotations": { [`f:${name}`]: {} } } };
    const theirs = value === undefined ? [] : [{ manager: "somebody", operation: "Update", fieldsV1 }];
    const left = ownAnnotations(stored).filter((each) => each !== name);
    this.#put(kind, {
      ...stored,
      annotations: value === undefined ? others : { ...others, [name]: value },
      managedFields: [
        ...stored.managedFields.filter((fields) => !isApplied(fields)),
        appliedFields(Object.fromEntries(left.map((each) => [each, ""]))),
        ...theirs,
      ],
    });
  }

  annotations(kind: WebhookKind): JsonObject {
    return this.#get(kind).annotations;
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
        : { ...stored, annotations, webhooks: wanted.map(defaulted) };
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

/** What Portcullis has applied, but for the entries. */
function appliedFields(annotations: object): JsonObject {
  const owned = Object.fromEntries(Object.keys(annotations).map((name) => [`f:${name}`, {}]));
  const fieldsV1 = { "f:metadata": { "f:annotations": owned } };
  return { manager: "portcullis", operation: "Apply", fieldsV1 };
}

function isApplied({ manager, operation }: JsonObject): boolean {
  return manager === "portcullis" && operation === "Apply";
}

function ownAnnotations({ managedFields }: Stored): readonly string[] {
  const fields = managedFields.filter(isApplied).map((each) => objectMember(each, "fieldsV1"));
  return fields.flatMap((each) =>
    Object.keys(objectMember(objectMember(each, "f:metadata"), "f:annotations") ?? {}).map((name) =>
      name.slice("f:".length),
    ),
  );
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
  const own = ownAnnotations(stored);
  const kept = Object.entries(stored.annotations).filter(([name]) => !own.includes(name));
  return {
    ...stored,
    annotations: { ...Object.fromEntries(kept), ...annotations },
    managedFields: [
      ...stored.managedFields.filter((fields) => !isApplied(fields)),
      appliedFields(annotations),
    ],
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
