import { PortcullisError } from "../../error.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import type { ApiAnswer } from "./request.ts";

/** What was answered; the client's library says that of a watch in the same way. */
class AnsweredWith extends Error {
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`HTTP ${statusCode}`);
    this.statusCode = statusCode;
  }
}

/** The error of an answer that is none of those hoped for. `doing` completes "The API server did not …". */
export function apiError(answer: ApiAnswer, doing: string): PortcullisError {
  const { code } = answer;
  const message = messageOf(answer);
  if (code === 401) {
    return new PortcullisError("CLUSTER_FORBIDDEN", {
      message: `The API server did not ${doing}: it does not take these credentials.`,
      remedy: "Log in again, or name another user's kubeconfig or context.",
      cause: new AnsweredWith(code),
    });
  }
  if (code === 403) {
    return new PortcullisError("CLUSTER_FORBIDDEN", {
      message: `The API server did not ${doing}: ${message}.`,
      remedy: "Use an account with the permissions that docs/reference/webhooks.md lists.",
    });
  }
  return code === 409 && conflicts(answer.body).length > 0 ? conflict(answer.body) : refused(answer, doing);
}

/** The body of an answer to a list. Throws CLUSTER_REFUSED, also if there is no such resource, and CLUSTER_FORBIDDEN. */
export function listed(answer: ApiAnswer, name: string): JsonObject {
  if (answer.code === 200) return answer.body;
  if (answer.code !== 404) throw apiError(answer, `list ${name}`);
  throw new PortcullisError("CLUSTER_REFUSED", {
    message: `The cluster has no resource ${name}.`,
    remedy: "Apply the manifests of Portcullis: their CustomResourceDefinition is in manifests/base/crds.",
  });
}

/** The text of a `metav1.Status`, without a full stop. */
export function messageOf({ code, body }: ApiAnswer): string {
  return (stringMember(body, "message") ?? `HTTP ${code}`).replace(/\.$/, "");
}

function refused(answer: ApiAnswer, doing: string): PortcullisError {
  return new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server did not ${doing}: ${messageOf(answer)}.`,
    remedy: "Mend what the API server names and run the command again.",
  });
}

function conflict(body: JsonObject): PortcullisError {
  return new PortcullisError("WEBHOOKS_CONFLICT", {
    message: `Somebody else has set fields of the webhook configurations: ${conflicts(body).join("; ")}.`,
    remedy:
      "Let them give the fields up. Or delete the configurations with `kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis` and run this command again: nothing is enforced until it has ended.",
  });
}

/** `.webhooks[name="x"].failurePolicy: conflict with "kubectl-edit" using admissionregistration.k8s.io/v1`. */
function conflicts(body: JsonObject): readonly string[] {
  const causes = objectMember(body, "details")?.["causes"];
  return (Array.isArray(causes) ? causes : [])
    .filter(isJsonObject)
    .filter((cause) => stringMember(cause, "reason") === "FieldManagerConflict")
    .map((cause) => `${stringMember(cause, "field") ?? "?"}: ${stringMember(cause, "message") ?? "?"}`);
}
