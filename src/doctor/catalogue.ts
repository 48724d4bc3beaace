import type { CheckName } from "./checks.ts";

interface Entry {
  readonly check: CheckName;
  readonly level: "problem" | "warning";
  /** Why it matters, one sentence. */
  readonly why: string;
}

const catalogue = <Id extends string>(entries: Readonly<Record<Id, Entry>>): Readonly<Record<Id, Entry>> =>
  entries;

/** Everything that can be found, by its id; ids stay the same from version to version. */
export const FINDINGS = catalogue({
  "api-server-too-old": {
    check: "api-server",
    level: "problem",
    why: "An older API server drops the matchConditions of the webhooks and asks about what a control plane must be able to write.",
  },
  "clock-skew": {
    check: "api-server",
    level: "warning",
    why: "Certificates are valid by the clock of the API server; what runs by another one renews at the wrong moment.",
  },
  "crd-missing": {
    check: "resources",
    level: "problem",
    why: "Without it there are no PolicyBindings in the cluster, and a server that starts with --cluster never becomes ready.",
  },
  "crd-not-established": {
    check: "resources",
    level: "problem",
    why: "The API server does not serve PolicyBindings yet, so servers cannot read them.",
  },
  "crd-differs": {
    check: "resources",
    level: "problem",
    why: "The API server drops the fields that its schema does not know, so a binding may mean less than its author wrote.",
  },
  "namespace-missing": {
    check: "workload",
    level: "problem",
    why: "No server can run, and what is under failurePolicy Fail is rejected.",
  },
  "namespace-terminating": {
    check: "workload",
    level: "problem",
    why: "The API server takes no new objects in it, so Portcullis cannot start again.",
  },
  "service-account-missing": {
    check: "workload",
    level: "problem",
    why: "Without it no new Pod is created.",
  },
  "deployment-missing": {
    check: "workload",
    level: "problem",
    why: "Nothing starts the server.",
  },
  "service-missing": {
    check: "workload",
    level: "problem",
    why: "The API server finds Portcullis by its Service.",
  },
  "service-port-missing": {
    check: "workload",
    level: "problem",
    why: "The webhook configurations name a port that leads nowhere.",
  },
  "no-ready-pod": {
    check: "workload",
    level: "problem",
    why: "Nobody answers the API server: what is under failurePolicy Fail is rejected, everything else is let in unseen.",
  },
  "replicas-missing": {
    check: "workload",
    level: "warning",
    why: "With fewer replicas than wanted, the loss of a node can stop every covered write.",
  },
  "pod-versions-differ": {
    check: "workload",
    level: "warning",
    why: "Replicas of different images may decide differently; during a rollout this passes by itself.",
  },
  "permission-missing": {
    check: "permissions",
    level: "problem",
    why: "The server cannot follow the cluster, keep its certificate or keep the webhooks without it.",
  },
  "binding-invalid": {
    check: "bindings",
    level: "problem",
    why: "Running servers keep what they had before it; a server that starts does not become ready.",
  },
  "webhooks-missing": {
    check: "webhooks",
    level: "problem",
    why: "The API server asks Portcullis about nothing of it, so no such policy is enforced.",
  },
  "webhooks-not-kept": {
    check: "webhooks",
    level: "warning",
    why: "The leader keeps only what `portcullis webhooks --apply` installed; changed policies and bindings do not reach the rest.",
  },
  "webhook-entry-missing": {
    check: "webhooks",
    level: "problem",
    why: "What the entry is for reaches no policy.",
  },
  "webhook-entry-added": {
    check: "webhooks",
    level: "warning",
    why: "Requests are asked about that no policy wants, or asked about twice.",
  },
  "webhook-rules-differ": {
    check: "webhooks",
    level: "problem",
    why: "A policy is not asked about resources that it is for, or Portcullis about some that no policy wants.",
  },
  "webhook-scope-differs": {
    check: "webhooks",
    level: "problem",
    why: "A selector or condition that others have set can switch policies off while everything looks installed.",
  },
  "webhook-server-differs": {
    check: "webhooks",
    level: "problem",
    why: "The API server asks somebody else than the server that was looked at here.",
  },
  "webhook-field-differs": {
    check: "webhooks",
    level: "warning",
    why: "The API server does not ask as Portcullis was tested to be asked.",
  },
  "policy-unasked": {
    check: "webhooks",
    level: "warning",
    why: "A policy that no webhook is asked about, or not under Fail, does less than its author may think.",
  },
  "probe-left-behind": {
    check: "webhooks",
    level: "warning",
    why: "An installation was killed half of the way; its entry can reject dry runs of the next one.",
  },
  "failure-policy-differs": {
    check: "failure-policy",
    level: "problem",
    why: "It decides whether objects are let in or kept out while Portcullis cannot answer.",
  },
  "all-under-ignore": {
    check: "failure-policy",
    level: "warning",
    why: "While Portcullis cannot answer, everything is let in.",
  },
  "fail-without-server": {
    check: "failure-policy",
    level: "problem",
    why: "Every write that these entries are asked about is rejected now.",
  },
  "foreign-webhook-blocks": {
    check: "failure-policy",
    level: "warning",
    why: "If that webhook does not answer, Portcullis cannot start again or keep its certificate, and what it guards stays blocked.",
  },
  "secret-missing": {
    check: "certificate",
    level: "problem",
    why: "Without a certificate the server does not open its port.",
  },
  "secret-incomplete": {
    check: "certificate",
    level: "problem",
    why: "Servers keep their last good pair as long as they run; one that starts has none.",
  },
  "secret-immutable": {
    check: "certificate",
    level: "problem",
    why: "The leader cannot write it, so its certificate is not renewed, and no rotation goes on.",
  },
  "certificate-expired": {
    check: "certificate",
    level: "problem",
    why: "The API server refuses it, so nobody answers.",
  },
  "certificate-not-yet-valid": {
    check: "certificate",
    level: "problem",
    why: "The API server refuses it, so nobody answers.",
  },
  "certificate-ends-soon": {
    check: "certificate",
    level: "warning",
    why: "It should have been renewed by now; when it ends, nobody answers.",
  },
  "certificate-wrong-name": {
    check: "certificate",
    level: "problem",
    why: "The API server asks for the Service by this name and refuses any other certificate.",
  },
  "authority-missing": {
    check: "certificate",
    level: "warning",
    why: "Nobody can tell from the Secret whom the webhooks must trust.",
  },
  "authority-mismatch": {
    check: "certificate",
    level: "problem",
    why: "Who trusts the Secret's authorities does not trust the certificate beside them.",
  },
  "authority-expired": {
    check: "certificate",
    level: "problem",
    why: "A certificate is trusted no longer than the authority that signed it.",
  },
  "authority-ends-soon": {
    check: "certificate",
    level: "warning",
    why: "It should have been replaced by now; when it ends, nobody is trusted.",
  },
  "rotation-stuck": {
    check: "certificate",
    level: "warning",
    why: "The old authority stays in use until the rotation goes on, and it ends some day.",
  },
  "ca-bundle-missing": {
    check: "ca-bundle",
    level: "problem",
    why: "Without a caBundle the API server trusts only what its own machine trusts.",
  },
  "ca-bundle-unreadable": {
    check: "ca-bundle",
    level: "problem",
    why: "The API server cannot verify the server, so every call fails.",
  },
  "ca-bundle-expired": {
    check: "ca-bundle",
    level: "problem",
    why: "The API server trusts no expired authority, so every call fails.",
  },
  "ca-bundle-mismatch": {
    check: "ca-bundle",
    level: "problem",
    why: "The API server does not trust the certificate of the Secret: calls fail as soon as it is served.",
  },
  "server-unreachable": {
    check: "answer",
    level: "problem",
    why: "What is under failurePolicy Fail is rejected, everything else is let in unseen.",
  },
  "certificate-refused": {
    check: "answer",
    level: "problem",
    why: "The server is there, but the API server does not trust it: what is under failurePolicy Fail is rejected.",
  },
  "server-not-asked": {
    check: "answer",
    level: "problem",
    why: "The webhooks look installed, but Portcullis does not decide.",
  },
  "lease-missing": {
    check: "leader",
    level: "problem",
    why: "No replica keeps certificates and webhooks: they are not renewed, and changed policies do not reach the webhooks.",
  },
  "nobody-leads": {
    check: "leader",
    level: "problem",
    why: "No replica keeps certificates and webhooks: they are not renewed, and changed policies do not reach the webhooks.",
  },
  "lease-exhausted": {
    check: "leader",
    level: "warning",
    why: "The API server refuses the next number: a replica of an older version cannot take the Lease over, and then nobody leads.",
  },
  "leader-gone": {
    check: "leader",
    level: "warning",
    why: "Another replica takes over when the Lease has run out, within seconds; if this stays, somebody unknown leads.",
  },
  "leader-clock-skew": {
    check: "leader",
    level: "warning",
    why: "A node whose clock is wrong takes good certificates for expired, or expired ones for good.",
  },
  "namespaces-exempt": {
    check: "exemptions",
    level: "warning",
    why: "No policy looks at what is written there.",
  },
});

export type FindingId = keyof typeof FINDINGS;
