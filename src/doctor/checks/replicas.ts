import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import { conditionOf, type Deployment, type Pod } from "../observe/objects.ts";
import { clusterTime, type Observation } from "../observe/observation.ts";
import { ended, isStarting, podTrouble, type PodTrouble } from "./pod-trouble.ts";
import { logsCommand, placeOf, placeText, type ContainerPlace } from "./container-place.ts";
import { isOwnContainer, isReady, replicasOf } from "./pods.ts";
import { refusalFix } from "./pods-refused.ts";

/** Whether the replicas that are wanted are there and stay. */
export function replicaFindings(observation: Observation): readonly Finding[] {
  const { deployment, pods } = observation;
  return [
    ...(pods.kind === "unseen" ? [lookFailed("workload", "The Pods", pods)] : []),
    ...(deployment.kind === "seen" ? refused(deployment.value, observation) : []),
    ...podTroubles(observation),
    ...(deployment.kind === "seen" ? rollout(deployment.value, observation) : []),
    ...restarted(observation),
  ];
}

function refused({ status }: Deployment, observation: Observation): readonly Finding[] {
  const failure = conditionOf(status.conditions, "ReplicaFailure", "True");
  if (failure === undefined) return [];
  const { namespace, name } = observation.service;
  return [
    finding("pods-refused", {
      message: `The API server does not take new Pods of the Deployment ${name}: ${failure.message.replace(/\.$/, "")}.`,
      fix: refusalFix(failure.message),
      command: `kubectl describe replicasets --namespace=${shellWord(namespace)}`,
    }),
  ];
}

const TROUBLES = {
  "pod-unschedulable": {
    cannot: "be scheduled",
    fix: "Make room: a node that has it, smaller requests, or fewer constraints. With more replicas than nodes, the spread over nodes keeps the rest waiting.",
  },
  "image-not-pulled": {
    cannot: "pull an image",
    fix: "See that the image in the Deployment exists and that the nodes may pull it (name, tag, imagePullSecrets); after a rollout that broke it: `kubectl rollout undo`.",
  },
  "pod-crashes": {
    cannot: "stay up",
    fix: "Read what it said last: every error has a code that docs/errors.md explains. OOMKilled asks for a higher memory limit; after a rollout that broke it: `kubectl rollout undo`.",
  },
  "pod-not-ready": {
    cannot: "get ready",
    fix: "An object that is missing has to be made; else /readyz and the log of the Pod say what it waits for: docs/recovery.md lists it.",
  },
} as const;

function podTroubles(observation: Observation): readonly Finding[] {
  const { events } = observation;
  const now = clusterTime(observation);
  const unready = replicasOf(observation).filter((pod) => !isReady(pod));
  const known = events.kind === "seen" ? events.value : [];
  const troubles = unready.flatMap((pod) => podTrouble(pod, known, now) ?? []);
  return [
    ...(unready.length > 0 && events.kind === "unseen"
      ? [lookFailed("workload", "The Events of the Pods", events)]
      : []),
    ...[...Map.groupBy(troubles, ({ id }) => id).values()].flatMap(([first, ...others]) =>
      first === undefined ? [] : [troubleFinding(first, others, observation)],
    ),
  ];
}

function troubleFinding(first: PodTrouble, others: readonly PodTrouble[], { service }: Observation): Finding {
  const { cannot, fix } = TROUBLES[first.id];
  return finding(first.id, {
    ...(others.length > 0
      ? {
          message: `${1 + others.length} Pods cannot ${cannot}.`,
          items: [first, ...others].map((each) => `${placeText(each)}: ${each.reason}`),
        }
      : { message: `The Pod ${placeText(first)} cannot ${cannot}: ${first.reason}.` }),
    fix,
    command:
      first.id === "pod-crashes"
        ? logsCommand(first, service.namespace, first.isPrevious)
        : `kubectl describe pod ${shellWord(first.pod)} --namespace=${shellWord(service.namespace)}`,
  });
}

function rollout(deployment: Deployment, observation: Observation): readonly Finding[] {
  const { service } = observation;
  const progressing = conditionOf(deployment.status.conditions, "Progressing", "False");
  const command = `kubectl rollout status deployment ${shellWord(service.name)} --namespace=${shellWord(service.namespace)}`;
  const { updatedReplicas } = deployment.status;
  return [
    ...(progressing === undefined
      ? []
      : [
          finding("rollout-stuck", {
            message: `The rollout of the Deployment ${service.name} has not come to its end in time: ${updatedReplicas} of ${deployment.spec.replicas} replicas are of the new version.`,
            fix: "See why its new Pods do not get ready, or go back: `kubectl rollout undo`.",
            command,
          }),
        ]),
    ...replicasMissing(deployment, observation),
    ...versions(deployment, observation),
  ];
}

function replicasMissing({ spec, status }: Deployment, observation: Observation): readonly Finding[] {
  const { service } = observation;
  // With none at all there is a problem of its own, and those that have just been made may be on their way.
  if (status.readyReplicas >= spec.replicas || status.readyReplicas === 0) return [];
  const replicas = replicasOf(observation);
  if (replicas.some((pod) => !isReady(pod) && isStarting(pod, clusterTime(observation)))) return [];
  return [
    finding("replicas-missing", {
      message: `Of ${spec.replicas} replicas of the Deployment ${service.name} ${status.readyReplicas} are ready.`,
      fix: "Look at the Pods that are not ready and at their logs.",
      command: `kubectl describe deployment,pods --namespace=${shellWord(service.namespace)}`,
    }),
  ];
}

/** Pods among themselves: what a webhook injects or rewrites in all of them is no difference. */
function versions(deployment: Deployment, observation: Observation): readonly Finding[] {
  if (isRollingOut(deployment)) return [];
  const { service } = observation;
  const pods = replicasOf(observation);
  const isOwn = (container: { readonly name: string }): boolean => isOwnContainer(observation, container);
  const images = distinct(pods, ({ spec }) => spec.containers.filter(isOwn).map(({ image }) => image));
  // The same tag can be two images.
  const pulled = distinct(pods, ({ status }) =>
    status.containerStatuses.filter(isOwn).map(({ imageID }) => imageID),
  );
  const differing = [images, pulled].find((each) => each.length > 1);
  if (differing === undefined) return [];
  return [
    finding("pod-versions-differ", {
      message: `The Pods of ${service.name} run different images: ${differing.join(" and ")}.`,
      fix: "No rollout is under way that would end this. If one tag stands for several images, start all Pods anew.",
      command: `kubectl rollout restart deployment ${shellWord(service.name)} --namespace=${shellWord(service.namespace)}`,
    }),
  ];
}

/** Whether Pods are being replaced right now, and not in vain. */
function isRollingOut({ metadata, spec, status }: Deployment): boolean {
  if (conditionOf(status.conditions, "Progressing", "False") !== undefined) return true;
  return (
    status.observedGeneration < metadata.generation ||
    status.updatedReplicas < spec.replicas ||
    status.replicas > status.updatedReplicas
  );
}

/** What is not known yet differs from nothing. */
function distinct(pods: readonly Pod[], images: (pod: Pod) => readonly string[]): readonly string[] {
  const texts = pods.map((pod) => images(pod).toSorted().join(", ")).filter((text) => text !== "");
  return [...new Set(texts)];
}

/** Milliseconds for which a restart is worth a word. */
const RECENT = 60 * 60_000;

/** Servers that run again, and will not go on so if nobody looks. */
function restarted(observation: Observation): readonly Finding[] {
  const again = replicasOf(observation)
    .filter(isReady)
    .flatMap((pod) => restartsOf(pod, observation));
  const [first] = again;
  if (first === undefined) return [];
  const one = again.length === 1;
  return [
    finding("pod-restarted", {
      message: `${one ? "A server" : `${again.length} servers`} ended within the last hour and ${one ? "was" : "were"} started again.`,
      items: again.map(({ place, text }) => `${placeText(place)}: ${text}`),
      fix: "Read what it said last; OOMKilled asks for a higher memory limit.",
      command: logsCommand(first.place, observation.service.namespace, true),
    }),
  ];
}

function restartsOf(
  pod: Pod,
  observation: Observation,
): readonly { readonly place: ContainerPlace; readonly text: string }[] {
  const now = clusterTime(observation).getTime();
  return pod.status.containerStatuses
    .filter((container) => isOwnContainer(observation, container))
    .flatMap((container) => {
      const { terminated } = container.lastState;
      const at = terminated?.finishedAt;
      if (at === undefined || now - at.getTime() > RECENT) return [];
      const text = `restarted ${container.restartCount} times, last at ${at.toISOString()}${ended(terminated)}`;
      return [{ place: placeOf(pod, container), text }];
    });
}
