import { PortcullisError } from "../../error.ts";

/** A Pod's permissions come from manifests, not from whose kubeconfig it is. */
const PERMISSIONS =
  "Apply the manifests of Portcullis again (docs/install.md): they bind its ServiceAccount to the permissions that it needs.";
const UNREACHABLE =
  "It is tried again by itself, and decisions go on; look at the API server and at the way to it from this Pod.";

/** Errors of the API server are written for who has run a command; a server has not, and tries again. */
export function triedAgain({ code, message, remedy, cause }: PortcullisError): PortcullisError {
  if (code === "CLUSTER_FORBIDDEN" || isRefusedWatch(cause))
    return new PortcullisError("CLUSTER_FORBIDDEN", { message, remedy: PERMISSIONS, cause });
  const again =
    code === "CLUSTER_UNREACHABLE"
      ? UNREACHABLE
      : remedy.replace(" and run the command again.", "; it is tried again by itself.");
  return new PortcullisError(code, { message, remedy: again, cause });
}

/** As @kubernetes/client-node says that a watch was answered by 401 or 403. */
function isRefusedWatch(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("statusCode" in cause)) return false;
  return cause.statusCode === 401 || cause.statusCode === 403;
}
