import { z } from "zod";
import type { SendRequest } from "../../cluster/api/request.ts";
import { webhookCluster } from "../../cluster/install/client.ts";
import { clientAuthorityFile } from "../checks/client-authority.ts";
import { attempt, type Look } from "./look.ts";
import { Deployment, Event, Named, NetworkPolicy, Pod, Service } from "./objects.ts";
import type { Observation, Seen } from "./observation.ts";

type Workload = Pick<
  Observation,
  | "accountName"
  | "account"
  | "namespace"
  | "deployment"
  | "serviceObject"
  | "serviceState"
  | "pods"
  | "events"
  | "networkPolicies"
  | "clientAuthority"
>;

/** What runs in the namespace, and what keeps it from running. */
export async function observeWorkload(
  send: SendRequest,
  look: Look,
  service: Observation["service"],
): Promise<Workload> {
  const within = `/namespaces/${encodeURIComponent(service.namespace)}`;
  const name = encodeURIComponent(service.name);
  const [namespace, deployment, serviceObject, serviceState, pods, events, networkPolicies] =
    await Promise.all([
      look.object(`/api/v1${within}`, Named),
      look.object(`/apis/apps/v1${within}/deployments/${name}`, Deployment),
      look.object(`/api/v1${within}/services/${name}`, Service),
      attempt(() => webhookCluster(send).serviceState(service)),
      look.list(`/api/v1${within}/pods`, Pod),
      look.list(`/api/v1${within}/events`, Event, {
        fieldSelector: "type=Warning,involvedObject.kind=Pod",
      }),
      look.list(`/apis/networking.k8s.io/v1${within}/networkpolicies`, NetworkPolicy),
    ]);
  const accountName =
    deployment.kind === "seen" ? deployment.value.spec.template.spec.serviceAccountName : service.name;
  const [account, clientAuthority] = await Promise.all([
    look.object(`/api/v1${within}/serviceaccounts/${encodeURIComponent(accountName)}`, Named),
    observeClientAuthority(look, within, deployment),
  ]);
  return {
    namespace,
    deployment,
    serviceObject,
    serviceState,
    pods,
    events,
    networkPolicies,
    accountName,
    account,
    clientAuthority,
  };
}

const WithData = z.object({ data: z.record(z.string(), z.string()).default({}) });

const ABSENT = { kind: "absent" } as const;

async function observeClientAuthority(
  look: Look,
  within: string,
  deployment: Seen<Deployment>,
): Promise<Observation["clientAuthority"]> {
  const mount = deployment.kind === "seen" ? clientAuthorityFile(deployment.value) : ABSENT;
  if (mount.kind !== "seen") return mount;
  const file = mount.value;
  const seen = await look.object(`/api/v1${within}/${file.kind}/${encodeURIComponent(file.name)}`, WithData);
  if (seen.kind !== "seen") return seen;
  const { data } = seen.value;
  const text = Object.hasOwn(data, file.key) ? data[file.key] : undefined;
  const isEncoded = text !== undefined && file.kind === "secrets";
  return { kind: "seen", value: isEncoded ? Buffer.from(text, "base64").toString("latin1") : text };
}
