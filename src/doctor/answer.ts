import { messageOf } from "../cluster/api/error.ts";
import type { ApiAnswer } from "../cluster/api/request.ts";
import { finding, lookFailed, notChecked, shellWord, type Finding } from "./finding.ts";
import { isAllUnderIgnore } from "./wanted-webhooks.ts";
import type { Facts } from "./observation.ts";

/** What the API server's answer to the dry run proves (`answer-probe.ts`). */
type Verdict =
  | { readonly kind: "answered" }
  | {
      readonly kind: "not-called" | "refused-certificate" | "not-asked" | "unclear";
      readonly message: string;
    };

/** Texts of k8s.io/apiserver (webhook/errors, webhook/validating) and of Go's crypto/tls. */
function verdictOf(answer: ApiAnswer): Verdict {
  const message = messageOf(answer);
  if (/admission webhook "[a-z-]+\.portcullis\.dev" denied the request/.test(message)) {
    return message.includes("portcullis/self-probe") ? { kind: "answered" } : { kind: "unclear", message };
  }
  if (/failed calling webhook "[a-z-]+\.portcullis\.dev"/.test(message))
    return { kind: /x509|tls: /.test(message) ? "refused-certificate" : "not-called", message };
  return { kind: answer.code === 201 ? "not-asked" : "unclear", message };
}

/** Whether Portcullis has just answered the API server. */
export function isAnswered({ answer }: Pick<Facts, "answer">): boolean {
  return answer.kind === "seen" && verdictOf(answer.value).kind === "answered";
}

/** Whether the webhooks that are installed lead to Portcullis. */
export function checkAnswer(facts: Facts): readonly Finding[] {
  const { answer } = facts;
  if (answer.kind === "absent")
    return [notChecked("answer", "The way to Portcullis", "no webhooks are installed that lead there.")];
  if (answer.kind === "unseen") return [lookFailed("answer", "The way to Portcullis", answer)];
  const verdict = verdictOf(answer.value);
  switch (verdict.kind) {
    case "answered":
      return [];
    case "not-called":
      return [
        finding("server-unreachable", {
          message: `The API server cannot reach Portcullis: ${verdict.message}.`,
          fix: "See that Pods are ready and that no NetworkPolicy or firewall is between them and the API server; docs/recovery.md says how to go on meanwhile.",
          command: `kubectl get endpointslices --namespace=${shellWord(facts.service.namespace)}`,
        }),
      ];
    case "refused-certificate":
      return [
        finding("certificate-refused", {
          message: `The API server does not take the certificate that Portcullis presents: ${verdict.message}.`,
          fix: "See the checks `certificate` and `ca-bundle`: what is served and what the webhooks trust must fit.",
        }),
      ];
    case "not-asked":
      return [notAsked(facts)];
    case "unclear":
      return [notChecked("answer", "The way to Portcullis", `${verdict.message}.`)];
  }
}

function notAsked(facts: Facts): Finding {
  const isIgnore = isAllUnderIgnore(facts);
  return finding("server-not-asked", {
    message: `The API server let in the self-probe's known-bad Namespace (a dry run): it does not ask this version of Portcullis${isIgnore ? ", or got no answer, which is not told under failurePolicy Ignore" : ""}.`,
    fix: "See the checks `webhooks` and `workload`, and install the webhooks of this version with `portcullis webhooks --apply --cluster`.",
  });
}
