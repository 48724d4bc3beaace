import { z } from "zod";
import { apiError } from "../cluster/api/error.ts";
import type { ApiAnswer, SendRequest } from "../cluster/api/request.ts";
import { webhookCluster } from "../cluster/install/client.ts";
import { POLICY_BINDINGS } from "../cluster/follow/policy-bindings.ts";
import { isJsonObject, type JsonObject } from "../policy/json.ts";
import { ANSWER_PROBE } from "./answer-probe.ts";
import { attempt, looking, type Look } from "./look.ts";
import {
  Definition,
  Deployment,
  Lease,
  Named,
  Pod,
  Secret,
  Service,
  StoredWebhooks,
  named,
  type Observation,
  type Seen,
} from "./observation.ts";
import { observeAccount, observeOwn } from "./observe-permissions.ts";

export interface ObserveOptions {
  /** URL of the API server. */
  readonly server: string;
  readonly service: Observation["service"];
  readonly now: () => Date;
}

/**
 * Looks at a cluster and changes nothing. Throws CLUSTER_UNREACHABLE if the API server does not answer at all, and
 * CLUSTER_FORBIDDEN if it does not take the credentials; everything else that fails is part of what was seen.
 */
export async function observe(
  send: SendRequest,
  { server, service, now }: ObserveOptions,
): Promise<Observation> {
  const first = await send({ method: "GET", path: "/version" });
  const localTime = now();
  if (first.code === 401) throw apiError(first, "tell its version");
  const look = looking(send);
  const [workload, stored] = await Promise.all([
    observeWorkload(send, look, service),
    observeStored(look, service),
  ]);
  const account = workload.accountName;
  const [version, accountPermissions, ownPermissions, answer] = await Promise.all([
    attempt(() => webhookCluster(send).version()),
    observeAccount(look, service, account),
    observeOwn(look, service),
    observeAnswer(send, stored.validating),
  ]);
  return {
    ...workload,
    ...stored,
    server,
    service,
    localTime,
    apiTime: first.date,
    version,
    accountPermissions,
    ownPermissions,
    answer,
  };
}

type Workload = Pick<
  Observation,
  "accountName" | "account" | "namespace" | "deployment" | "serviceObject" | "serviceState" | "pods"
>;

async function observeWorkload(
  send: SendRequest,
  look: Look,
  service: Observation["service"],
): Promise<Workload> {
  const within = `/namespaces/${encodeURIComponent(service.namespace)}`;
  const name = encodeURIComponent(service.name);
  const [namespace, deployment, serviceObject, serviceState] = await Promise.all([
    look.object(`/api/v1${within}`, Named),
    look.object(`/apis/apps/v1${within}/deployments/${name}`, Deployment),
    look.object(`/api/v1${within}/services/${name}`, Service),
    attempt(() => webhookCluster(send).serviceState(service)),
  ]);
  const accountName =
    deployment.kind === "seen" ? deployment.value.spec.template.spec.serviceAccountName : service.name;
  const [account, pods] = await Promise.all([
    look.object(`/api/v1${within}/serviceaccounts/${encodeURIComponent(accountName)}`, Named),
    observePods(look, `/api/v1${within}/pods`, serviceObject),
  ]);
  return { namespace, deployment, serviceObject, serviceState, accountName, account, pods };
}

/** Those that the Service leads to; none if it has no selector. */
async function observePods(look: Look, path: string, service: Seen<Service>): Promise<Seen<readonly Pod[]>> {
  if (service.kind !== "seen") return service;
  const { selector } = service.value.spec;
  if (selector === undefined) return { kind: "seen", value: [] };
  return look.list(
    path,
    Pod,
    Object.entries(selector)
      .map((pair) => pair.join("="))
      .join(","),
  );
}

type Stored = Pick<
  Observation,
  "definition" | "secret" | "lease" | "validating" | "mutating" | "namespaces" | "policyBindings"
>;

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

async function observeStored(look: Look, service: Observation["service"]): Promise<Stored> {
  const within = `/namespaces/${encodeURIComponent(service.namespace)}`;
  const name = encodeURIComponent(service.name);
  const [definition, secret, lease, validating, mutating, namespaces, policyBindings] = await Promise.all([
    look.object(
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${POLICY_BINDINGS.name}`,
      Definition,
    ),
    look.object(`/api/v1${within}/secrets/${name}-tls`, Secret),
    look.object(`/apis/coordination.k8s.io/v1${within}/leases/${name}`, Lease),
    look.list(`${ADMISSION}/validatingwebhookconfigurations`, StoredWebhooks),
    look.list(`${ADMISSION}/mutatingwebhookconfigurations`, StoredWebhooks),
    look.list("/api/v1/namespaces", Named),
    look.list(POLICY_BINDINGS.path, z.custom<JsonObject>(isJsonObject)),
  ]);
  return { definition, secret, lease, validating, mutating, namespaces, policyBindings };
}

/** Where nothing is installed, nobody would be asked. */
async function observeAnswer(
  send: SendRequest,
  validating: Observation["validating"],
): Promise<Seen<ApiAnswer>> {
  const installed = named(validating, "portcullis");
  return installed.kind === "absent" ? installed : attempt(() => send(ANSWER_PROBE));
}
