import { selects } from "../../admission/selector.ts";
import { LabelSelector } from "../../policy/binding.ts";
import { isUnanswered } from "./answer.ts";
import { finding, lookFailed, type Finding } from "../findings/finding.ts";
import type { Container, Deployment, NetworkPolicy } from "../observe/objects.ts";
import { isElsewhere, type Facts } from "../observe/observation.ts";

/**
 * The NetworkPolicies that let nobody to the admission port. Told only where no answer came: some networks enforce none,
 * and none is enforced against a machine's own kubelet.
 */
export function networkPolicyFindings(facts: Facts): readonly Finding[] {
  const { networkPolicies, deployment } = facts;
  if (isElsewhere(facts) || !isUnanswered(facts)) return [];
  if (networkPolicies.kind === "unseen")
    return [lookFailed("answer", "The NetworkPolicies of the namespace", networkPolicies)];
  if (networkPolicies.kind === "absent" || deployment.kind !== "seen") return [];
  const { labels } = deployment.value.spec.template.metadata;
  const own = networkPolicies.value.filter((policy) => isFor(policy, labels));
  const port = admissionPort(facts, deployment.value);
  if (own.length === 0 || port === undefined || own.some((policy) => letsIn(policy, port))) return [];
  return [
    finding("network-policy-blocks", {
      message: `The NetworkPolicies for the Pods of the Deployment ${facts.service.name} (${own.map(({ metadata }) => metadata.name).join(", ")}) let only other Pods, or nobody, to port ${port.containerPort}: an API server is no Pod.`,
      fix: "Let everybody, or an ipBlock with the addresses of the API servers, to the port, as manifests/base/network-policy.yaml does.",
    }),
  ];
}

function isFor({ spec }: NetworkPolicy, labels: Readonly<Record<string, string>>): boolean {
  const selector = LabelSelector.safeParse(spec.podSelector);
  return spec.policyTypes.includes("Ingress") && selector.success && selects(selector.data, labels);
}

type ContainerPort = Container["ports"][number];

/** Where the Service leads to; undefined where that cannot be said. */
function admissionPort({ serviceObject, service }: Facts, { spec }: Deployment): ContainerPort | undefined {
  if (serviceObject.kind !== "seen") return undefined;
  const target = serviceObject.value.spec.ports.find(({ port }) => port === service.port)?.targetPort;
  return spec.template.spec.containers
    .flatMap(({ ports }) => ports)
    .find(({ name, containerPort }) => (typeof target === "string" ? name : containerPort) === target);
}

/** Whether somebody who is no Pod may get there. */
function letsIn({ spec }: NetworkPolicy, target: ContainerPort): boolean {
  return spec.ingress.some(({ from, ports }) => {
    const isForPort = ports.length === 0 || ports.some((port) => covers(port, target));
    return isForPort && (from.length === 0 || from.some((peer) => Object.hasOwn(peer, "ipBlock")));
  });
}

type PolicyPort = NetworkPolicy["spec"]["ingress"][number]["ports"][number];

function covers({ protocol, port, endPort }: PolicyPort, { name, containerPort }: ContainerPort): boolean {
  if (protocol !== "TCP") return false;
  if (port === undefined || port === name) return true;
  return typeof port === "number" && port <= containerPort && containerPort <= (endPort ?? port);
}
