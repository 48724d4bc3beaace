import { messageOf } from "../../cluster/api/error.ts";
import type { ApiAnswer } from "../../cluster/api/request.ts";
import { callFailure, reasonOf } from "./call-failure.ts";
import { finding, lookFailed, notChecked, shellWord, type Finding } from "../findings/finding.ts";
import { isAllUnderIgnore } from "./wanted-webhooks.ts";
import type { Facts } from "../observe/observation.ts";

/** What the API server's answer to the dry run proves (`answer-probe.ts`). */
type Verdict =
  | { readonly kind: "answered" }
  | { readonly kind: "not-called" | "not-asked" | "unclear"; readonly message: string };

/** Texts of k8s.io/apiserver (webhook/errors, webhook/validating). */
function verdictOf(answer: ApiAnswer): Verdict {
  const message = messageOf(answer);
  if (/admission webhook "[a-z-]+\.portcullis\.dev" denied the request/.test(message)) {
    return message.includes("portcullis/self-probe") ? { kind: "answered" } : { kind: "unclear", message };
  }
  if (/failed calling webhook "[a-z-]+\.portcullis\.dev"/.test(message))
    return { kind: "not-called", message };
  return { kind: answer.code === 201 ? "not-asked" : "unclear", message };
}

/** Whether Portcullis has just answered the API server, each time that it was asked. */
export function isAnswered({ answers }: Pick<Facts, "answers">): boolean {
  return answers.kind === "seen" && answers.value.every((answer) => verdictOf(answer).kind === "answered");
}

/** Whether the webhooks that are installed lead to Portcullis. */
export function checkAnswer(facts: Facts): readonly Finding[] {
  const { answers } = facts;
  if (answers.kind === "absent")
    return [notChecked("answer", "The way to Portcullis", "no webhooks are installed that lead there.")];
  if (answers.kind === "unseen") return [lookFailed("answer", "The way to Portcullis", answers)];
  const all = answers.value.map(verdictOf);
  const failed = all.filter((verdict) => verdict.kind !== "answered");
  // The texts of one cause differ in ports and times.
  const [first] = failed;
  if (first === undefined) return [];
  const often = all.length === 1 ? "" : `In ${failed.length} of ${all.length} dry runs: `;
  return [failure(first, often, facts)];
}

function failure(
  verdict: Exclude<Verdict, { readonly kind: "answered" }>,
  often: string,
  facts: Facts,
): Finding {
  switch (verdict.kind) {
    case "not-called":
      return notCalled(verdict.message, often, facts);
    case "not-asked":
      return notAsked(often, facts);
    case "unclear":
      return notChecked("answer", "The way to Portcullis", `${verdict.message}.`);
  }
}

const SAYS = {
  "server-unreachable": "The API server cannot reach Portcullis",
  "certificate-refused": "The API server does not take the certificate that Portcullis presents",
  "client-certificate-refused": "Portcullis does not take the API server for one that may ask",
  "server-answers-wrong": "The API server asks, and what comes back is no decision",
} as const;

function notCalled(message: string, often: string, { service }: Facts): Finding {
  const { id, fix } = callFailure(message);
  return finding(id, {
    message: `${often}${SAYS[id]}: ${reasonOf(message)}.`,
    fix,
    ...(id === "server-unreachable"
      ? {
          command: `kubectl get endpointslices --namespace=${shellWord(service.namespace)} --selector=kubernetes.io/service-name=${shellWord(service.name)}`,
        }
      : {}),
  });
}

function notAsked(often: string, facts: Facts): Finding {
  const isIgnore = isAllUnderIgnore(facts);
  return finding("server-not-asked", {
    message: `${often}The API server let in the self-probe's known-bad Namespace (a dry run): it does not ask this version of Portcullis${isIgnore ? ", or got no answer, which is not told under failurePolicy Ignore" : ""}.`,
    fix: "See the checks `webhooks` and `workload`, and install the webhooks of this version with `portcullis webhooks --apply --cluster`.",
  });
}
