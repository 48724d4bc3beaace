import { messageOf } from "../../cluster/api/error.ts";
import type { ApiAnswer } from "../../cluster/api/request.ts";
import { callFailure, reasonOf } from "../../cluster/webhooks/call-failure.ts";
import { finding, lookFailed, notChecked, shellWord, type Finding } from "../findings/finding.ts";
import { isAllUnderIgnore } from "./wanted-webhooks.ts";
import type { Facts } from "../observe/observation.ts";

/** What the API server's answer to the dry run proves (`answer-probe.ts`). */
interface Verdict {
  readonly kind: "answered" | "not-called" | "not-asked" | "unclear";
  readonly message: string;
}

/** Texts of k8s.io/apiserver (webhook/errors, webhook/validating). */
function verdictOf(answer: ApiAnswer): Verdict {
  const message = messageOf(answer);
  if (/admission webhook "[a-z-]+\.portcullis\.dev" denied the request/.test(message)) {
    return { kind: message.includes("portcullis/self-probe") ? "answered" : "unclear", message };
  }
  if (/failed calling webhook "[a-z-]+\.portcullis\.dev"/.test(message))
    return { kind: "not-called", message };
  return { kind: answer.code === 201 ? "not-asked" : "unclear", message };
}

/** Whether Portcullis has just answered the API server, each time that it was asked. */
export function isAnswered({ answers }: Pick<Facts, "answers">): boolean {
  return answers.kind === "seen" && answers.value.every((answer) => verdictOf(answer).kind === "answered");
}

/** Whether some call got no answer at all, or one that nobody can tell from none. */
export function isUnanswered(facts: Facts): boolean {
  const found = new Set(checkAnswer(facts).map(({ id }) => id));
  return found.has("server-unreachable") || (found.has("server-not-asked") && isAllUnderIgnore(facts));
}

/** Whether the webhooks that are installed lead to Portcullis: each way in which they do not, and how often. */
export function checkAnswer(facts: Facts): readonly Finding[] {
  const { answers, unseenAnswers } = facts;
  if (answers.kind === "absent") return [unclear("no webhooks are installed that lead there.")];
  if (answers.kind === "unseen") return [lookFailed("answer", WAY, answers)];
  const failed = [
    ...answers.value.flatMap((answer) => failures(verdictOf(answer), facts)),
    ...unseenAnswers.map(unclear),
  ];
  const all = answers.value.length + unseenAnswers.length;
  // The texts of one cause differ in ports and times.
  return [...Map.groupBy(failed, ({ id }) => id).values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [counted(first, 1 + others.length, all)]))
    .toSorted((one, other) => Number(one.level === "unknown") - Number(other.level === "unknown"));
}

const WAY = "The way to Portcullis";

function unclear(reason: string): Finding {
  return notChecked("answer", WAY, reason);
}

function counted(found: Finding, times: number, all: number): Finding {
  return all === 1 ? found : { ...found, message: `In ${times} of ${all} dry runs: ${found.message}` };
}

function failures({ kind, message }: Verdict, facts: Facts): readonly Finding[] {
  switch (kind) {
    case "answered":
      return [];
    case "not-called":
      return [notCalled(message, facts)];
    case "not-asked":
      return [notAsked(facts)];
    case "unclear":
      return [unclear(`${message}.`)];
  }
}

const SAYS = {
  "server-unreachable": "The API server cannot reach Portcullis",
  "certificate-refused": "The API server does not take the certificate that Portcullis presents",
  "client-certificate-refused": "Portcullis does not take the API server for one that may ask",
  "server-answers-wrong": "The API server asks, and what comes back is no decision",
} as const;

function notCalled(message: string, facts: Facts): Finding {
  const { service } = facts;
  const { id, fix } = callFailure(message);
  return finding(id, {
    message: `${SAYS[id]}: ${reasonOf(message)}.`,
    fix,
    ...(id === "server-unreachable"
      ? {
          command: `kubectl get endpointslices --namespace=${shellWord(service.namespace)} --selector=kubernetes.io/service-name=${shellWord(service.name)}`,
        }
      : {}),
  });
}

function notAsked(facts: Facts): Finding {
  const isIgnore = isAllUnderIgnore(facts);
  return finding("server-not-asked", {
    message: `The API server let in the self-probe's known-bad Namespace (a dry run): it does not ask this version of Portcullis${isIgnore ? ", or got no answer, which is not told under failurePolicy Ignore" : ""}.`,
    fix: "See the checks `webhooks` and `workload`, and install the webhooks of this version with `portcullis webhooks --apply --cluster`.",
  });
}
