/** An installation of Portcullis in an API server that is no more than a Map, for the tests of removing it. */
import { randomUUID } from "node:crypto";
import { PortcullisError } from "../src/error.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../src/policy/json.ts";
import type { ApiAnswer, ApiRequest } from "../src/cluster/api/request.ts";
import { uninstall, type Uninstallation } from "../src/cluster/uninstall/uninstall.ts";

export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1";
export const VALIDATING = `${WEBHOOKS}/validatingwebhookconfigurations`;
export const MUTATING = `${WEBHOOKS}/mutatingwebhookconfigurations`;
export const NAMESPACE = "/api/v1/namespaces/portcullis-system";
export const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const DEFINITION = `${DEFINITIONS}/policybindings.policy.portcullis.dev`;
export const BINDINGS = "/apis/policy.portcullis.dev/v1alpha1/policybindings";

export const OURS = { "app.kubernetes.io/name": "portcullis" };
export const SERVICE = { namespace: "portcullis-system", name: "portcullis" };

export type Stored = Readonly<Record<string, JsonObject>>;

export function labelled(members: JsonObject = {}): JsonObject {
  return { metadata: { labels: OURS, uid: "1" }, ...members };
}

export function asking(service: JsonObject, members: JsonObject = labelled()): JsonObject {
  return { ...members, webhooks: [{ name: "validate-fail.portcullis.dev", clientConfig: { service } }] };
}

/** A whole installation. */
export const WHOLE: Stored = {
  [`${VALIDATING}/portcullis`]: asking(SERVICE),
  [`${MUTATING}/portcullis`]: asking(SERVICE),
  [NAMESPACE]: labelled(),
  [`${NAMESPACE}/configmaps/portcullis-bindings`]: labelled(),
  [`${NAMESPACE}/configmaps/kube-root-ca.crt`]: { metadata: {} },
  [`${NAMESPACE}/secrets/portcullis-tls`]: { metadata: {} },
  [`${NAMESPACE}/pods/portcullis-1-a`]: { metadata: { uid: "2", ownerReferences: [{ uid: "1" }] } },
  [`${RBAC}/clusterrolebindings/portcullis`]: labelled({ subjects: [SERVICE] }),
  [`${RBAC}/clusterroles/portcullis`]: labelled(),
  [DEFINITION]: labelled(),
};

export const REMOVED_IN_ORDER = [
  `${VALIDATING}/portcullis`,
  `${MUTATING}/portcullis`,
  NAMESPACE,
  `${RBAC}/clusterrolebindings/portcullis`,
  `${RBAC}/clusterroles/portcullis`,
  DEFINITION,
];

const DISCOVERY: Stored = {
  "/apis": { groups: [{ versions: [{ groupVersion: "metrics.k8s.io/v1beta1" }] }] },
  "/api/v1": {
    resources: [
      ...["ConfigMap", "Secret", "Pod"].map((kind) => ({
        name: `${kind.toLowerCase()}s`,
        kind,
        namespaced: true,
        verbs: ["list", "delete"],
      })),
      { name: "events", kind: "Event", namespaced: true, verbs: ["list", "delete"] },
      { name: "bindings", kind: "Binding", namespaced: true, verbs: ["create"] },
    ],
  },
  "/apis/metrics.k8s.io/v1beta1": {
    resources: [{ name: "pods", kind: "PodMetrics", namespaced: true, verbs: ["list"] }],
  },
};

/** An API server that has these objects, by their paths, and hears of removed webhooks after some dry runs. */
export class PretendedInstallation {
  readonly stored: Map<string, JsonObject>;
  /** Paths, without those of probes. */
  readonly removed: string[] = [];
  /** All requests to delete or apply, e.g. `DELETE /api/v1/namespaces/portcullis-system`. */
  readonly writes: string[] = [];
  readonly discovery: Map<string, JsonObject>;
  /** What has a finalizer, and is there after its deletion. */
  readonly held = new Set<string>();
  /** Dry runs that are still answered as before. */
  lag = 1;
  /** Answers instead of the store. */
  answer: (request: ApiRequest) => ApiAnswer | undefined = () => undefined;
  /** A webhook configuration as it asks by now. */
  heard: (path: string) => JsonObject | undefined = (path) => this.stored.get(path);
  /** Called after a deletion. */
  afterRemoval: (path: string) => void = () => undefined;

  constructor(stored: Stored) {
    this.stored = new Map(Object.entries(stored));
    this.discovery = new Map(Object.entries(DISCOVERY));
  }

  send = async (request: ApiRequest): Promise<ApiAnswer> => {
    const { method, path, query } = request;
    if (method === "DELETE" || (method === "PATCH" && query?.["dryRun"] === undefined))
      this.writes.push(`${method} ${path}`);
    return this.answer(request) ?? this.stores(request);
  };

  private stores(request: ApiRequest): ApiAnswer {
    const { method, path } = request;
    if (method === "DELETE") return this.remove(request);
    if (method === "PATCH") return this.apply(request);
    if (method === "POST") return this.dryRun(request);
    const object = this.discovery.get(path) ?? this.stored.get(path) ?? this.list(path);
    return object === undefined ? { code: 404, body: {} } : { code: 200, body: object };
  }

  private apply({ path, query, body }: ApiRequest): ApiAnswer {
    const webhooks = isJsonObject(body?.value) ? (body.value["webhooks"] ?? []) : [];
    if (query?.["dryRun"] === undefined) this.stored.set(path, labelled({ webhooks }));
    return { code: 200, body: labelled() };
  }

  private list(path: string): JsonObject | undefined {
    const items = [...this.stored]
      .filter(([each]) => each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes("/"))
      .map(([each, object]) => ({
        ...object,
        metadata: { ...objectMember(object, "metadata"), name: each.slice(path.length + 1) },
      }));
    const isList = [VALIDATING, MUTATING, BINDINGS].includes(path) || path.startsWith(`${NAMESPACE}/`);
    return isList || items.length > 0 ? { items } : undefined;
  }

  private remove({ path, body }: ApiRequest): ApiAnswer {
    if (!this.stored.has(path)) return { code: 404, body: {} };
    const options = isJsonObject(body?.value) ? body.value : {};
    if (options["dryRun"] !== undefined) return { code: 200, body: {} };
    if (!path.endsWith("-probe")) this.removed.push(path);
    if (this.held.has(path)) {
      const metadata = { uid: "1", finalizers: ["example.com/a"], deletionTimestamp: "2026-01-01T00:00:00Z" };
      this.stored.set(path, { ...this.stored.get(path), metadata: { labels: OURS, ...metadata } });
      return { code: 200, body: {} };
    }
    for (const each of this.stored.keys())
      if (each === path || each.startsWith(`${path}/`)) this.stored.delete(each);
    this.afterRemoval(path);
    return { code: 200, body: {} };
  }

  /** Until it has heard of a probe that is for this very object, nobody is asked. */
  private dryRun({ body }: ApiRequest): ApiAnswer {
    this.lag -= 1;
    if (this.lag >= 0) return { code: 201, body: {} };
    const metadata = objectMember(isJsonObject(body?.value) ? body.value : {}, "metadata");
    const name = stringMember(metadata, "name") ?? "";
    const [, entry = ""] = /^portcullis-(.+-removed)-./.exec(name) ?? [];
    const asked = [VALIDATING, MUTATING].map((kind) => this.heard(`${kind}/portcullis-removal-probe`));
    if (!JSON.stringify(asked).includes(`'${name}'`)) return { code: 201, body: {} };
    return { code: 500, body: { message: `failed calling webhook "${entry}.portcullis.dev": refused` } };
  }
}

type Options = Partial<Uninstallation & { dryRun: boolean; signal: AbortSignal }>;

interface Outcome {
  readonly isComplete: boolean | PortcullisError;
  readonly said: readonly string[];
  readonly failed: readonly PortcullisError[];
}

/** Runs it with a clock that does not wait; a PortcullisError that it throws is its result. */
export async function run(cluster: PretendedInstallation, options: Options = {}): Promise<Outcome> {
  const said: string[] = [];
  const failed: PortcullisError[] = [];
  const signal = options.signal ?? new AbortController().signal;
  let now = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    signal.throwIfAborted();
    now += milliseconds;
  };
  const isComplete = await uninstall(
    { service: SERVICE, deleteBindings: false, ...options },
    {
      send: cluster.send,
      clock: { now: () => now, sleep },
      run: randomUUID(),
      say: (message) => said.push(message),
      failed: (error) => failed.push(error),
      dryRun: options.dryRun ?? false,
      signal,
    },
  ).catch((error: unknown) => {
    if (error instanceof PortcullisError) return error;
    throw error;
  });
  return { isComplete, said, failed };
}
