import type { FindingId } from "../findings/catalogue.ts";
import { conditionOf, type ContainerStatus, type Event, type Pod } from "../observe/objects.ts";
import { placeOf, type ContainerPlace } from "./container-place.ts";

/** Why a Pod does not get ready. */
export interface PodTrouble extends ContainerPlace {
  readonly id: Extract<FindingId, "pod-unschedulable" | "image-not-pulled" | "pod-crashes" | "pod-not-ready">;
  /** Whether the container has ended and waits to be started again, so that what it said is of an earlier run. */
  readonly isPrevious: boolean;
  /** In the words of the kubelet, the scheduler or an Event: `CrashLoopBackOff: back-off 5m0s restarting …`. */
  readonly reason: string;
}

/** Milliseconds that a Pod may take to start before it counts as one that does not: its startup probe waits that long. */
const STARTING = 60_000;

/** Whether a Pod is so new that nothing can be said of it yet. */
export function isStarting({ metadata: { creationTimestamp } }: Pod, now: Date): boolean {
  return creationTimestamp !== undefined && now.getTime() - creationTimestamp.getTime() < STARTING;
}

type Trouble = Pick<PodTrouble, "id" | "reason">;

/** Of a Pod that is not ready; undefined if it has just been made and waits for nothing that somebody could mend. */
export function podTrouble(pod: Pod, events: readonly Event[], now: Date): PodTrouble | undefined {
  const inContainer = ofContainers(pod);
  if (inContainer !== undefined) return inContainer;
  const found =
    ofScheduling(pod) ??
    ofEvents(pod, events, now) ??
    (isStarting(pod, now) ? undefined : ofNothingElse(pod));
  return found === undefined ? undefined : { ...found, pod: pod.metadata.name, isPrevious: false };
}

/** The first of its containers that is in the way. */
function ofContainers(pod: Pod): PodTrouble | undefined {
  for (const container of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
    const found = ofContainer(container);
    // What `kubectl logs --previous` shows (k8s.io/kubernetes, validateContainerLogStatus).
    const isPrevious =
      container.state.terminated === undefined && container.lastState.terminated !== undefined;
    if (found !== undefined) return { ...found, ...placeOf(pod, container), isPrevious };
  }
  return undefined;
}

const IMAGE = /Image|^RegistryUnavailable$/;
/** What a container waits for in its ordinary life. */
const ORDINARY = new Set(["ContainerCreating", "PodInitializing", ""]);

function ofContainer({ state, lastState }: ContainerStatus): Trouble | undefined {
  const { waiting, terminated } = state;
  if (waiting !== undefined) return ofWaiting(waiting, lastState);
  const hasFailed =
    terminated !== undefined && (terminated.exitCode !== 0 || terminated.reason !== "Completed");
  return hasFailed ? { id: "pod-crashes", reason: ended(terminated).replace(/^, /, "") } : undefined;
}

function ofWaiting(
  { reason, message }: NonNullable<ContainerStatus["state"]["waiting"]>,
  { terminated }: ContainerStatus["lastState"],
): Trouble | undefined {
  if (IMAGE.test(reason)) return { id: "image-not-pulled", reason: said(reason, message) };
  if (reason === "CrashLoopBackOff") return { id: "pod-crashes", reason: `${reason}${ended(terminated)}` };
  return ORDINARY.has(reason) ? undefined : { id: "pod-not-ready", reason: said(reason, message) };
}

function ofScheduling({ status }: Pod): Trouble | undefined {
  const condition = conditionOf(status.conditions, "PodScheduled", "False");
  if (condition === undefined) return undefined;
  return { id: "pod-unschedulable", reason: said(condition.reason, condition.message) };
}

/** What only fails so far, such as a probe, may go well while a Pod starts. */
function ofEvents(pod: Pod, events: readonly Event[], now: Date): Trouble | undefined {
  const isScheduled = conditionOf(pod.status.conditions, "PodScheduled", "True") !== undefined;
  // An Event stays for an hour, however soon a node was found.
  const counting = events.filter(({ reason }) => !(isScheduled && reason === "FailedScheduling"));
  const last = lastEvent(pod, counting);
  if (last === undefined || (isStarting(pod, now) && !last.reason.startsWith("Failed"))) return undefined;
  return { id: "pod-not-ready", reason: said(last.reason, last.message) };
}

function ofNothingElse({ status }: Pod): Trouble {
  const waits = status.containerStatuses.map(({ state: { waiting } }) => waiting?.reason ?? "");
  const [reason = "its readiness probe has not succeeded"] = waits.filter((each) => each !== "");
  return { id: "pod-not-ready", reason };
}

/** How a container ended, with its last words where the Pod keeps them: `, it ended with exit code 1 (Error): …`. */
export function ended(terminated: ContainerStatus["lastState"]["terminated"]): string {
  if (terminated === undefined) return "";
  const { exitCode, reason, message } = terminated;
  const why = reason === "" ? "" : ` (${reason})`;
  return `, it ended with exit code ${exitCode}${why}${message === "" ? "" : `: ${lastLine(message)}`}`;
}

/** Of a log; what went wrong is at its end. */
function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function lastEvent({ metadata: { name } }: Pod, events: readonly Event[]): Event | undefined {
  return events
    .filter(({ involvedObject }) => involvedObject.kind === "Pod" && involvedObject.name === name)
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
}

function timeOf({ lastTimestamp, eventTime, firstTimestamp }: Event): number {
  return (lastTimestamp ?? eventTime ?? firstTimestamp)?.getTime() ?? 0;
}

function said(reason: string, message: string): string {
  return message === "" ? reason : `${reason}: ${message.trim().replace(/\.$/, "")}`;
}
