import { conditionOf, type Deployment, type Pod } from "../observe/objects.ts";
import type { Observation } from "../observe/observation.ts";

type Workload = Pick<Observation, "pods" | "deployment" | "serviceObject">;

/** The replicas: Pods of the Deployment; where it is not seen, those that the Service leads to. */
export function replicasOf(observation: Workload): readonly Pod[] {
  const { deployment } = observation;
  if (deployment.kind !== "seen") return servicePods(observation);
  return livePods(observation).filter((pod) => isReplicaOf(deployment.value, pod));
}

/** The Pods that the Service leads to, ready or not. */
export function servicePods(observation: Workload): readonly Pod[] {
  const { serviceObject } = observation;
  const selector = serviceObject.kind === "seen" ? serviceObject.value.spec.selector : undefined;
  if (selector === undefined) return [];
  return livePods(observation).filter(({ metadata: { labels } }) => hasLabels(labels, selector));
}

export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** A ReplicaSet is named after its Deployment and a hash, which has no `-`. */
export function isReplicaOf({ metadata }: Deployment, pod: Pod): boolean {
  const prefix = `${metadata.name}-`;
  return pod.metadata.ownerReferences.some(
    ({ kind, name }) =>
      kind === "ReplicaSet" && name.startsWith(prefix) && !name.slice(prefix.length).includes("-"),
  );
}

/** Whether a container is the Deployment's, and none that a webhook has put beside it, as far as that can be told. */
export function isOwnContainer(
  { deployment }: Pick<Observation, "deployment">,
  { name }: { readonly name: string },
): boolean {
  if (deployment.kind !== "seen") return true;
  return deployment.value.spec.template.spec.containers.some((container) => container.name === name);
}

export function isReady({ status }: Pod): boolean {
  return conditionOf(status.conditions, "Ready", "True") !== undefined;
}

/** Without those that are being deleted, and those that have ended and were replaced. */
function livePods({ pods }: Pick<Observation, "pods">): readonly Pod[] {
  if (pods.kind !== "seen") return [];
  return pods.value.filter(
    ({ metadata, status: { phase } }) =>
      metadata.deletionTimestamp === undefined && phase !== "Failed" && phase !== "Succeeded",
  );
}
