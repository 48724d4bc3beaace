import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Service } from "../observe/objects.ts";
import { clusterTime, isElsewhere, type Observation } from "../observe/observation.ts";
import { isStarting } from "./pod-trouble.ts";
import { hasLabels, isReady, isReplicaOf, replicasOf, servicePods } from "./pods.ts";

const APPLY = "Apply the manifests of your overlay again.";

/** Whether the Service leads to the replicas, to all of them, and to nobody else. */
export function serviceFindings(observation: Observation): readonly Finding[] {
  const { serviceObject } = observation;
  if (serviceObject.kind !== "seen") return [];
  return [
    ...ports(serviceObject.value, observation),
    ...(isElsewhere(observation) ? [] : selection(serviceObject.value, observation)),
    ...noReadyPod(observation),
  ];
}

const nameOf = ({ service }: Observation): string => `The Service ${service.namespace}/${service.name}`;

function ports({ spec }: Service, observation: Observation): readonly Finding[] {
  const { service } = observation;
  // One that only stands for a host elsewhere translates no ports, whichever it names.
  if (spec.type === "ExternalName" || spec.ports.length === 0) return [];
  const own = spec.ports.find(({ port }) => port === service.port);
  if (own === undefined) {
    const known = spec.ports.map(({ port }) => port).join(", ");
    return [
      finding("service-port-missing", {
        message: `${nameOf(observation)} has no port ${service.port}, only ${known}.`,
        fix: "Name the port of its entry `webhook` with --service, and install the webhooks with the same.",
      }),
    ];
  }
  return typeof own.targetPort === "string" ? namedPort(own.targetPort, observation) : [];
}

/** A name that no container has leads nowhere; a number needs no container to say so. */
function namedPort(name: string, observation: Observation): readonly Finding[] {
  const { deployment, service } = observation;
  if (deployment.kind !== "seen") return [];
  const { containers } = deployment.value.spec.template.spec;
  if (containers.some(({ ports: known }) => known.some((each) => each.name === name))) return [];
  return [
    finding("service-port-missing", {
      message: `${nameOf(observation)} leads port ${service.port} to a port ${name} of the Pods, which no container of the Deployment ${service.name} has.`,
      fix: APPLY,
    }),
  ];
}

function selection({ spec }: Service, observation: Observation): readonly Finding[] {
  const { deployment, service } = observation;
  const { selector } = spec;
  if (deployment.kind !== "seen" || selector === undefined) return [];
  const pairs = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  if (!hasLabels(deployment.value.spec.template.metadata.labels, selector)) {
    return [
      finding("service-selects-others", {
        message: `${nameOf(observation)} selects ${pairs.join(",")}, and the Pods of the Deployment ${service.name} do not have these labels.`,
        fix: APPLY,
        command: `kubectl get pods --namespace=${shellWord(service.namespace)} --show-labels`,
      }),
    ];
  }
  const others = servicePods(observation).filter(
    (pod) => isReady(pod) && !isReplicaOf(deployment.value, pod),
  );
  if (others.length === 0) return [];
  return [
    finding("service-selects-others", {
      message: `${nameOf(observation)} also leads to Pods that are no replicas of the Deployment ${service.name}.`,
      items: others.map(({ metadata: { name } }) => name),
      fix: `Take the labels ${pairs.join(",")} from them (and from what makes them), or run them in another namespace.`,
      command: `kubectl get pods --namespace=${shellWord(service.namespace)} --show-labels`,
    }),
  ];
}

function noReadyPod(observation: Observation): readonly Finding[] {
  const { serviceState, service, deployment } = observation;
  if (serviceState.kind === "unseen")
    return [lookFailed("workload", `The endpoints of the Service ${service.name}`, serviceState)];
  if (serviceState.kind !== "seen" || serviceState.value !== "no-endpoints") return [];
  const namespace = `--namespace=${shellWord(service.namespace)}`;
  if (deployment.kind === "seen" && deployment.value.spec.replicas === 0) {
    return [
      finding("no-ready-pod", {
        message: `${nameOf(observation)} has no ready Pod: the Deployment wants none.`,
        fix: "Scale the Deployment up.",
        command: `kubectl scale deployment ${shellWord(service.name)} ${namespace} --replicas=2`,
      }),
    ];
  }
  const areStarting = replicasOf(observation).some((pod) => isStarting(pod, clusterTime(observation)));
  return [
    finding("no-ready-pod", {
      message: `${nameOf(observation)} has no ready Pod${areStarting ? "; some have just been made and may be starting" : ""}.`,
      fix: areStarting
        ? "Wait for the rollout, then look again."
        : "Look at the Pods and at their logs; docs/recovery.md says how to go on meanwhile.",
      command: areStarting
        ? `kubectl rollout status deployment ${shellWord(service.name)} ${namespace}`
        : `kubectl describe deployment,pods ${namespace}`,
    }),
  ];
}
