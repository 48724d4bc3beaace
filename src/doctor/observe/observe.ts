import { z } from "zod";
import { apiError } from "../../cluster/api/error.ts";
import type { SendRequest } from "../../cluster/api/request.ts";
import { webhookCluster } from "../../cluster/install/client.ts";
import { POLICY_BINDINGS } from "../../cluster/follow/policy-bindings.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import { looking, attempt, type Look } from "./look.ts";
import { Definition, Lease, Named, Secret, StoredWebhooks } from "./objects.ts";
import type { Observation } from "./observation.ts";
import { observeAnswers } from "./answers.ts";
import { observeAccount, observeOwn } from "./permissions.ts";
import { observeWorkload } from "./workload.ts";

export interface ObserveOptions {
  /** URL of the API server. */
  readonly server: string;
  readonly service: Observation["service"];
  readonly now: () => Date;
  /** Every call on a connection of its own: behind one address it may meet another API server. */
  readonly send: SendRequest;
}

/**
 * Looks at a cluster and changes nothing. Throws CLUSTER_UNREACHABLE if the API server does not answer at all, and
 * CLUSTER_FORBIDDEN if it does not take the credentials; everything else that fails is part of what was seen.
 */
export async function observe({ server, service, now, send }: ObserveOptions): Promise<Observation> {
  const first = await send({ method: "GET", path: "/version" });
  const localTime = now();
  if (first.code === 401) throw apiError(first, "tell its version");
  const look = looking(send);
  const [workload, stored] = await Promise.all([
    observeWorkload(send, look, service),
    observeStored(look, service),
  ]);
  const account = workload.accountName;
  const [version, accountPermissions, ownPermissions, answers] = await Promise.all([
    attempt(() => webhookCluster(send).version()),
    observeAccount(look, service, account),
    observeOwn(look, service),
    observeAnswers(send, look, stored.validating),
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
    ...answers,
  };
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
