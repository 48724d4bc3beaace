import { LEASE_DURATION } from "../../cluster/leader/election.ts";
import { MAX_TRANSITIONS } from "../../cluster/leader/lease.ts";
import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Lease } from "../observe/objects.ts";
import { clusterTime, isElsewhere, runsWith, type Facts } from "../observe/observation.ts";
import { podLogsCommand } from "./pod-logs.ts";

/**
 * Seconds after which somebody else must have it. Its own duration is not asked, as candidates do not: it could say a
 * hundred years.
 */
const PATIENCE = LEASE_DURATION / 1_000 + 15;
/**
 * Seconds within which a replica takes over what was given back: who cannot work with it lets the others try for a
 * LEASE_DURATION, and where no replica can, each looks only that late, every two seconds. The rest is for slow calls and for
 * times that are whole seconds.
 */
const HANDOVER = LEASE_DURATION / 1_000 + 10;
/** Milliseconds by which the clock of the leader's node may differ from the API server's. */
const TOLERABLE_SKEW = 5 * 60_000;

/** Who keeps certificates and webhooks. Servers without either have no leader. */
export function checkLeader(facts: Facts): readonly Finding[] {
  const { lease, service, namespace } = facts;
  const flags = (["--manage-certificates", "--keep-webhooks"] as const).map((flag) => runsWith(facts, flag));
  if (flags.every((runs) => runs === false)) return [];
  const name = `The Lease ${service.namespace}/${service.name}`;
  if (lease.kind === "unseen") return [lookFailed("leader", name, lease)];
  if (lease.kind === "absent") {
    if (namespace.kind === "absent") return [lookFailed("leader", name, lease)];
    if (!flags.includes(true)) return [];
    return [
      finding("lease-missing", {
        message: `There is no Lease ${service.namespace}/${service.name}.`,
        ...LOGS(facts),
      }),
    ];
  }
  return [
    ...nobody(lease.value, name, facts),
    ...exhausted(lease.value, name, facts),
    ...skew(lease.value, name),
  ];
}

/** Whether a leader can be relied on: it leads now, as far as the Lease tells. */
export function isLed(facts: Facts): boolean {
  const { lease } = facts;
  return lease.kind === "seen" && nobody(lease.value, "", facts).length === 0;
}

function exhausted({ spec }: Lease, name: string, { service }: Facts): readonly Finding[] {
  if (spec.leaseTransitions < MAX_TRANSITIONS) return [];
  return [
    finding("lease-exhausted", {
      message: `${name} says that its holder changed ${spec.leaseTransitions} times, which is the highest number that it can hold.`,
      fix: "Delete it: the replicas make a new one within seconds. Find out who wrote that.",
      command: `kubectl delete lease ${shellWord(service.name)} --namespace=${shellWord(service.namespace)}`,
    }),
  ];
}

const LOGS = ({ service }: Facts): Pick<Finding, "fix" | "command"> => ({
  fix: "See that a Pod is ready and may write the Lease (the check `permissions`); the logs say what keeps it from leading.",
  command: podLogsCommand(service.namespace),
});

function nobody(lease: Lease, name: string, facts: Facts): readonly Finding[] {
  const { holderIdentity } = lease.spec;
  const written = writtenAt(lease);
  const age = written === undefined ? Infinity : (clusterTime(facts).getTime() - written.getTime()) / 1_000;
  if (holderIdentity === "") {
    if (age < HANDOVER) return [];
    const since = written === undefined ? "" : ` at ${written.toISOString()}`;
    const message = `${name} was given back${since} and nobody has taken it since.`;
    return [finding("nobody-leads", { message, ...LOGS(facts) })];
  }
  if (age > PATIENCE) {
    const since = written === undefined ? "never" : `last at ${written.toISOString()}`;
    const message = `${name} is held by ${holderIdentity}, but was renewed ${since}.`;
    return [finding("nobody-leads", { message, ...LOGS(facts) })];
  }
  return holderIsGone(holderIdentity, facts)
    ? [
        finding("leader-gone", {
          message: `${name} is held by ${holderIdentity}, and there is no such Pod.`,
          ...LOGS(facts),
        }),
      ]
    : [];
}

/** When it was last renewed by the API server's clock, if that is known: the leader's own may be wrong. */
function writtenAt({ metadata, spec }: Lease): Date | undefined {
  return serverTime({ metadata }) ?? spec.renewTime;
}

function serverTime({ metadata: { managedFields } }: Pick<Lease, "metadata">): Date | undefined {
  const times = managedFields.flatMap(({ time }) => (time === undefined ? [] : [time.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** The identity begins with the Pod's name, or on the host's network with the node's. Of servers elsewhere no Pods are known. */
function holderIsGone(holder: string, facts: Facts): boolean {
  const { pods } = facts;
  if (pods.kind !== "seen" || isElsewhere(facts)) return false;
  if (pods.value.some(({ spec }) => spec.hostNetwork)) return false;
  return !pods.value.some(({ metadata: { name } }) => holder === name || holder.startsWith(`${name}_`));
}

function skew(lease: Lease, name: string): readonly Finding[] {
  const [written, { renewTime, holderIdentity }] = [serverTime(lease), lease.spec];
  if (written === undefined || renewTime === undefined || holderIdentity === "") return [];
  const difference = renewTime.getTime() - written.getTime();
  if (Math.abs(difference) <= TOLERABLE_SKEW) return [];
  return [
    finding("leader-clock-skew", {
      message: `${name} was renewed by ${holderIdentity} at ${renewTime.toISOString()}, but the API server's clock said ${written.toISOString()}.`,
      fix: "Set the clock of the node that this Pod runs on (NTP).",
    }),
  ];
}
