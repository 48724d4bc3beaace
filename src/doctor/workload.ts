import { finding, lookFailed, shellWord, type Finding } from "./finding.ts";
import { isElsewhere, type Deployment, type Observation, type Pod, type Seen } from "./observation.ts";

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
    ...(elsewhere ? [] : deploymentFindings(observation)),
    ...serviceFindings(observation),
    ...(elsewhere ? [] : podFindings(observation)),
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

function deploymentFindings(observation: Observation): readonly Finding[] {
  const { deployment, service, pods } = observation;
  if (deployment.kind !== "seen")
    return missing(deployment, "deployment-missing", `Deployment ${service.name}`, observation);
  const { spec, status } = deployment.value;
  // With none at all there is a problem of its own.
  if (status.readyReplicas >= spec.replicas || status.readyReplicas === 0) return [];
  return [
    finding("replicas-missing", {
      message: `Of ${spec.replicas} replicas of the Deployment ${service.name} ${status.readyReplicas} are ready${waiting(pods)}.`,
      fix: "Look at the Pods that are not ready and at their logs.",
      command: showPods(observation),
    }),
  ];
}

function showPods({ service, deployment }: Observation): string {
  const namespace = `--namespace=${shellWord(service.namespace)}`;
  return deployment.kind === "seen"
    ? `kubectl describe deployment,pods ${namespace}`
    : `kubectl describe pods ${namespace}`;
}

function serviceFindings(observation: Observation): readonly Finding[] {
  const { serviceObject, serviceState, service, deployment, pods } = observation;
  const name = `${service.namespace}/${service.name}`;
  if (serviceObject.kind !== "seen")
    return missing(serviceObject, "service-missing", `Service ${service.name}`, observation);
  const { ports } = serviceObject.value.spec;
  // One that only stands for a host elsewhere translates no ports and names none.
  if (ports.length > 0 && ports.every(({ port }) => port !== service.port)) {
    const known = ports.map(({ port }) => port).join(", ");
    return [
      finding("service-port-missing", {
        message: `The Service ${name} has no port ${service.port}, only ${known}.`,
        fix: "Name the port of its entry `webhook` with --service, and install the webhooks with the same.",
      }),
    ];
  }
  if (serviceState.kind === "unseen")
    return [lookFailed("workload", `The endpoints of the Service ${name}`, serviceState)];
  if (serviceState.kind !== "seen" || serviceState.value !== "no-endpoints") return [];
  return [
    finding("no-ready-pod", {
      message: `The Service ${name} has no ready Pod${scaledToZero(deployment) ? ": the Deployment wants none" : waiting(pods)}.`,
      fix: scaledToZero(deployment)
        ? "Scale the Deployment up."
        : "Look at the Pods and at their logs; docs/recovery.md says how to go on meanwhile.",
      command: scaledToZero(deployment)
        ? `kubectl scale deployment ${shellWord(service.name)} --namespace=${shellWord(service.namespace)} --replicas=2`
        : showPods(observation),
    }),
  ];
}

function scaledToZero(deployment: Seen<Deployment>): boolean {
  return deployment.kind === "seen" && deployment.value.spec.replicas === 0;
}

/** What Pods wait for in the kubelet's words, e.g. `: Pod portcullis-7d… waits: ImagePullBackOff`. */
function waiting(pods: Observation["pods"]): string {
  if (pods.kind !== "seen") return "";
  const [reason] = pods.value.flatMap(({ metadata, status }) =>
    status.containerStatuses.flatMap(({ state }) =>
      state.waiting === undefined
        ? []
        : [`: Pod ${metadata.name} waits: ${state.waiting.reason} ${state.waiting.message}`.trimEnd()],
    ),
  );
  return reason ?? "";
}

/** Pods among themselves: what a webhook injects or rewrites in all of them is no difference. */
function podFindings({ pods, deployment, service }: Observation): readonly Finding[] {
  if (pods.kind === "unseen") return [lookFailed("workload", "The Pods of the Service", pods)];
  if (pods.kind === "absent") return [];
  const own =
    deployment.kind === "seen"
      ? new Set(deployment.value.spec.template.spec.containers.map(({ name }) => name))
      : undefined;
  const isOwn = ({ name }: { readonly name: string }): boolean => own === undefined || own.has(name);
  const images = distinct(pods.value, ({ spec }) => spec.containers.filter(isOwn).map(({ image }) => image));
  // The same tag can be two images.
  const pulled = distinct(pods.value, ({ status }) =>
    status.containerStatuses.filter(isOwn).map(({ imageID }) => imageID),
  );
  const found = [images, pulled].find((each) => each.length > 1);
  if (found === undefined) return [];
  return [
    finding("pod-versions-differ", {
      message: `The Pods of ${service.name} run different images: ${found.join(" and ")}.`,
      fix: "Wait for the rollout to end, or see why it does not.",
      command: `kubectl rollout status deployment ${shellWord(service.name)} --namespace=${shellWord(service.namespace)}`,
    }),
  ];
}

/** What is not known yet differs from nothing. */
function distinct(pods: readonly Pod[], images: (pod: Pod) => readonly string[]): readonly string[] {
  const texts = pods.map((pod) => images(pod).toSorted().join(", ")).filter((text) => text !== "");
  return [...new Set(texts)];
}
