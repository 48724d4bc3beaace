import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import { isElsewhere, type Observation, type Seen } from "../observe/observation.ts";
import { replicaFindings } from "./replicas.ts";
import { serviceFindings } from "./service.ts";

const APPLY = "Apply the manifests of your overlay again.";

/** Nothing else is told of a namespace that is not there. */
export function checkWorkload(observation: Observation): readonly Finding[] {
  const { namespace, service } = observation;
  if (namespace.kind === "absent") {
    return [
      finding("namespace-missing", {
        message: `There is no namespace ${service.namespace}.`,
        fix: `${APPLY} If another namespace was meant, name the Service with --service.`,
      }),
    ];
  }
  if (namespace.kind === "unseen")
    return [
      lookFailed("workload", `The namespace ${service.namespace}`, namespace),
      ...withinNamespace(observation),
    ];
  const isTerminating = namespace.value.metadata.deletionTimestamp !== undefined;
  return isTerminating ? [terminating(service.namespace)] : withinNamespace(observation);
}

function terminating(namespace: string): Finding {
  return finding("namespace-terminating", {
    message: `The namespace ${namespace} is being deleted.`,
    fix: "Wait until it is gone, then apply the manifests again; its conditions say what holds it up.",
    command: `kubectl get namespace ${shellWord(namespace)} --output=yaml`,
  });
}

function withinNamespace(observation: Observation): readonly Finding[] {
  const elsewhere = isElsewhere(observation);
  return [
    ...missing(
      observation.account,
      "service-account-missing",
      `ServiceAccount ${observation.accountName}`,
      observation,
    ),
    ...missing(
      observation.serviceObject,
      "service-missing",
      `Service ${observation.service.name}`,
      observation,
    ),
    ...(elsewhere
      ? []
      : [
          ...missing(
            observation.deployment,
            "deployment-missing",
            `Deployment ${observation.service.name}`,
            observation,
          ),
          ...replicaFindings(observation),
        ]),
    ...serviceFindings(observation),
  ];
}

function missing(
  seen: Seen<unknown>,
  id: "service-account-missing" | "deployment-missing" | "service-missing",
  what: string,
  { service }: Observation,
): readonly Finding[] {
  if (seen.kind === "seen") return [];
  if (seen.kind === "unseen") return [lookFailed("workload", `The ${what}`, seen)];
  return [finding(id, { message: `There is no ${what} in the namespace ${service.namespace}.`, fix: APPLY })];
}
