import { problem, warning } from "./entry.ts";

/** What can be found of the webhooks, and whether they lead to Portcullis. */
export const WEBHOOKS_FINDINGS = {
  "webhooks-missing": problem(
    "webhooks",
    "The API server asks Portcullis about nothing of it, so no such policy is enforced.",
  ),
  "webhooks-not-kept": warning(
    "webhooks",
    "The leader keeps only what `portcullis webhooks --apply` installed; changed policies and bindings do not reach the rest.",
  ),
  "webhooks-contested": warning(
    "webhooks",
    "Two that write one object undo each other, and while the version of the other is in force, policies may not be.",
  ),
  "webhook-entry-missing": problem("webhooks", "What the entry is for reaches no policy."),
  "webhook-entry-added": warning(
    "webhooks",
    "Requests are asked about that no policy wants, or asked about twice.",
  ),
  "webhook-rules-differ": problem(
    "webhooks",
    "A policy is not asked about resources that it is for, or Portcullis about some that no policy wants.",
  ),
  "webhook-scope-differs": problem(
    "webhooks",
    "A selector or condition that others have set can switch policies off while everything looks installed.",
  ),
  "webhook-server-differs": problem(
    "webhooks",
    "The API server asks somebody else than the server that was looked at here.",
  ),
  "webhook-field-differs": warning(
    "webhooks",
    "The API server does not ask as Portcullis was tested to be asked.",
  ),
  "policy-unasked": warning(
    "webhooks",
    "A policy that no webhook is asked about, or not under Fail, does less than its author may think.",
  ),
  "probe-left-behind": warning(
    "webhooks",
    "A run of `webhooks --apply` or `uninstall` was killed half of the way; it holds up nobody.",
  ),
  "second-installation": warning(
    "webhooks",
    "The API server asks twice, and what nobody keeps goes on asking by old rules, and by an old certificate.",
  ),
  "failure-policy-differs": problem(
    "failure-policy",
    "It decides whether objects are let in or kept out while Portcullis cannot answer.",
  ),
  "all-under-ignore": warning("failure-policy", "While Portcullis cannot answer, everything is let in."),
  "installation-unfinished": problem(
    "failure-policy",
    "While Portcullis cannot answer, everything is let in, and nobody has chosen that.",
  ),
  "fail-without-server": problem(
    "failure-policy",
    "Every write that these entries are asked about is rejected now.",
  ),
  "foreign-webhook-blocks": warning(
    "failure-policy",
    "If that webhook does not answer, Portcullis cannot start again or keep its certificate, and what it guards stays blocked.",
  ),
  "network-policy-blocks": problem(
    "answer",
    "An API server is no Pod and has no labels: what lets only Pods in keeps it out.",
  ),
  "server-unreachable": problem(
    "answer",
    "What is under failurePolicy Fail is rejected, everything else is let in unseen.",
  ),
  "certificate-refused": problem(
    "answer",
    "The server is there, but the API server does not trust it: what is under failurePolicy Fail is rejected.",
  ),
  "client-certificate-refused": problem(
    "answer",
    "The server asks who calls (--client-ca) and lets no stranger ask: what is under failurePolicy Fail is rejected.",
  ),
  "server-answers-wrong": problem(
    "answer",
    "An answer that is none fails the call: what is under failurePolicy Fail is rejected.",
  ),
  "server-not-asked": problem("answer", "The webhooks look installed, but Portcullis does not decide."),
};
