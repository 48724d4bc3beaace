import { PortcullisError } from "../../error.ts";

/** A Pod's permissions come from manifests, not from whose kubeconfig it is. */
const PERMISSIONS =
  "Apply the manifests of Portcullis again (docs/install.md): they bind its ServiceAccount to the permissions that it needs.";
const CREDENTIALS =
  "Start the Pods of Portcullis again (`kubectl rollout restart`): they get another token. If their ServiceAccount is gone, apply the manifests first (docs/install.md).";
const UNREACHABLE =
  "It is tried again by itself, and decisions go on; look at the API server and at the way to it from this Pod.";

/** Errors of the API server are written for who has run a command; a server has not, and tries again. */
export function triedAgain({ code, message, remedy, cause }: PortcullisError): PortcullisError {
  const status = statusOf(cause);
  if (status === 401)
    return new PortcullisError("CLUSTER_FORBIDDEN", { message, remedy: CREDENTIALS, cause });
  if (code === "CLUSTER_FORBIDDEN" || status === 403)
    return new PortcullisError("CLUSTER_FORBIDDEN", { message, remedy: PERMISSIONS, cause });
  const again =
    code === "CLUSTER_UNREACHABLE"
      ? UNREACHABLE
      : remedy.replace(" and run the command again.", "; it is tried again by itself.");
  return new PortcullisError(code, { message, remedy: again, cause });
}

/** As `apiError` keeps it, and as @kubernetes/client-node says how a watch was answered. */
function statusOf(cause: unknown): unknown {
  return cause instanceof Error && "statusCode" in cause ? cause.statusCode : undefined;
}
