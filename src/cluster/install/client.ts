import { z } from "zod";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { PortcullisError } from "../../error.ts";
import { apiError } from "../api/error.ts";
import { FIELD_MANAGER } from "../api/managed-fields.ts";
import { readAnswer } from "../api/read-answer.ts";
import type { ApiAnswer, SendRequest } from "../api/request.ts";
import { applyConfiguration, isOfAnotherUid } from "./apply.ts";
import type { ServiceState, StoredConfiguration, WebhookCluster } from "./cluster.ts";
import { probeObject } from "../webhooks/probe.ts";
import type { ConfigurationId, WebhookKind } from "../webhooks/configuration.ts";

const PATHS: Readonly<Record<WebhookKind, string>> = {
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
};

/** The API path of all configurations of a kind. */
export function configurationsPath(kind: WebhookKind): string {
  return `/apis/admissionregistration.k8s.io/v1/${PATHS[kind]}`;
}

/** The API path of a configuration. */
export function configurationPath({ kind, name }: ConfigurationId): string {
  return `${configurationsPath(kind)}/${encodeURIComponent(name)}`;
}

/** What installing webhooks asks of an API server. */
export function webhookCluster(send: SendRequest): WebhookCluster {
  return {
    version: async () => versionOf(ok(await send({ method: "GET", path: "/version" }), "tell its version")),
    serviceState: (service) => serviceState(send, service),
    read: async (id) => {
      const answer = await send({ method: "GET", path: configurationPath(id) });
      return answer.code === 404 ? undefined : stored(id, ok(answer, `show the ${id.kind}`));
    },
    apply: async (configuration, { dryRun, force, tookOut }) => {
      const id = { kind: configuration.kind, name: configuration.metadata.name };
      const to = {
        path: configurationPath(id),
        manager: FIELD_MANAGER,
        dryRun,
        force,
        tookOut: (body: JsonObject) => tookOut?.(stored(id, body)),
      };
      const answer = await applyConfiguration(send, configuration, to);
      if (isOfAnotherUid(answer)) throw outdated(id);
      return stored(id, ok(answer, `apply the ${id.kind}`));
    },
    remove: async (id) => {
      const answer = await send({ method: "DELETE", path: configurationPath(id) });
      if (answer.code !== 404) ok(answer, `delete the ${id.kind}`);
    },
    probe: (probe, entry, namespace) =>
      send({
        method: "POST",
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`,
        query: { dryRun: "All", fieldManager: FIELD_MANAGER },
        body: { type: "application/json", value: probeObject(probe, entry, namespace) },
      }),
  };
}

function outdated({ kind, name }: ConfigurationId): PortcullisError {
  return new PortcullisError("WEBHOOKS_CONFLICT", {
    message: `Somebody else has deleted the ${kind} ${name} since it was read.`,
    remedy: "See that nobody else installs at the same time, and run the command again.",
  });
}

function ok(answer: ApiAnswer, doing: string): JsonObject {
  if (answer.code >= 200 && answer.code < 300) return answer.body;
  throw apiError(answer, doing);
}

/** Some providers write `30+`. Anything unreadable counts as too old rather than as new enough. */
function versionOf(body: JsonObject): { readonly major: number; readonly minor: number } {
  const number = (key: string): number => Number.parseInt(stringMember(body, key) ?? "", 10) || 0;
  return { major: number("major"), minor: number("minor") };
}

/** What an API server always gives for a configuration; anything else of it is kept as it is. */
const Configuration = z.looseObject({
  metadata: z.looseObject({
    uid: z.string().optional(),
    labels: z.record(z.string(), z.unknown()).default({}),
    annotations: z.record(z.string(), z.unknown()).default({}),
  }),
  webhooks: z.array(z.looseObject({})).default([]),
});

/** `kubectl apply` keeps what it applied in this annotation; a copy with another owner would never change again. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function stored({ kind, name }: ConfigurationId, body: JsonObject): StoredConfiguration {
  const { metadata, webhooks } = readAnswer(Configuration, body, `${kind} ${name}`);
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: {
      name,
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      labels: metadata.labels,
      annotations,
    },
    webhooks,
  };
}

async function serviceState(
  send: SendRequest,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<ServiceState> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
  const answer = await send({ method: "GET", path });
  if (answer.code === 404) return "missing";
  const spec = objectMember(ok(answer, `show the Service ${namespace}/${name}`), "spec");
  // Without a selector nobody but a call can tell who stands behind it.
  if (stringMember(spec, "type") === "ExternalName" || objectMember(spec, "selector") === undefined)
    return "external";
  const slices = await send({
    method: "GET",
    path: `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${name}` },
  });
  const endpointsOf = `endpoints of the Service ${namespace}/${name}`;
  const { items } = readAnswer(EndpointSlices, ok(slices, `show the ${endpointsOf}`), endpointsOf);
  const endpoints = items.flatMap((slice) => slice.endpoints ?? []);
  // Unknown counts as ready (k8s.io/api, discovery/v1 EndpointConditions).
  return endpoints.some(({ conditions }) => conditions?.ready ?? true) ? "ready" : "no-endpoints";
}

const EndpointSlices = z.looseObject({
  items: z.array(
    z.looseObject({
      endpoints: z
        .array(z.looseObject({ conditions: z.looseObject({ ready: z.boolean().optional() }).optional() }))
        .nullish(),
    }),
  ),
});
