import { KubeConfig } from "@kubernetes/client-node";
import { PortcullisError } from "../../error.ts";
import { readTokenAtEachCall } from "./token-file.ts";

/** Which cluster is meant. */
export interface ClusterChoice {
  /** A kubeconfig file; undefined for `KUBECONFIG`, `~/.kube/config`, or the account of the Pod. */
  readonly kubeconfig: string | undefined;
  /** A context of it; undefined for its current one. */
  readonly context: string | undefined;
}

/** How to reach and what to present to an API server. */
export interface ClusterAccess {
  readonly kubeConfig: KubeConfig;
  /** URL of the API server, without a slash at its end. */
  readonly server: string;
}

/** What the library assumes where it finds nothing; no cluster that anybody meant. */
const FOUND_NOTHING = "http://localhost:8080";

/** Throws KUBECONFIG_INVALID. Nothing of the file but names is ever told: it holds credentials. */
export function clusterAccess({ kubeconfig, context }: ClusterChoice): ClusterAccess {
  const kubeConfig = new KubeConfig();
  try {
    if (kubeconfig === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(kubeconfig);
  } catch (cause) {
    throw invalid(kubeconfig, reasonOf(cause));
  }
  if (context !== undefined) chooseContext(kubeConfig, { kubeconfig, context });
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw invalid(kubeconfig, "its current context names no cluster that it has");
  if (kubeconfig === undefined && cluster.server === FOUND_NOTHING)
    throw invalid(undefined, "there is none, and this is no Pod of a cluster");
  if (!URL.canParse(cluster.server)) throw invalid(kubeconfig, "the `server` of its cluster is no URL");
  const { username, password } = new URL(cluster.server);
  // No client takes such a URL, and what fails is told with it.
  if (username !== "" || password !== "") throw withCredentials(kubeconfig);
  // The library leaves out one slash, and puts paths behind it that begin with one.
  const server = cluster.server.replace(/\/+$/, "");
  kubeConfig.clusters = kubeConfig.clusters.map((each) => (each === cluster ? { ...each, server } : each));
  readTokenAtEachCall(kubeConfig);
  return { kubeConfig, server };
}

function chooseContext(
  kubeConfig: KubeConfig,
  { kubeconfig, context }: { readonly kubeconfig: string | undefined; readonly context: string },
): void {
  if (kubeConfig.getContextObject(context) === null) {
    const names = kubeConfig.getContexts().map(({ name }) => name);
    throw invalid(
      kubeconfig,
      `it has no context ${context}, only ${names.length === 0 ? "none" : names.join(", ")}`,
    );
  }
  kubeConfig.setCurrentContext(context);
}

/** Messages of a parser quote the file, so they are not passed on; the library's own name fields. */
function reasonOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "it could not be read";
  if ("code" in cause && typeof cause.code === "string") return `it could not be read (${cause.code})`;
  return cause instanceof Error && cause.name === "Error"
    ? cause.message
    : "it is no YAML that describes clusters, users and contexts";
}

function withCredentials(file: string | undefined): PortcullisError {
  return invalid(
    file,
    "the `server` of its cluster holds credentials",
    "Take them out of the URL, and give the user of the context a token, a certificate, or `username` and `password`.",
  );
}

const ANOTHER = "Name a kubeconfig with --kubeconfig or KUBECONFIG, and one of its contexts with --context.";

function invalid(file: string | undefined, why: string, remedy = ANOTHER): PortcullisError {
  return new PortcullisError("KUBECONFIG_INVALID", {
    message: `The kubeconfig${file === undefined ? "" : ` ${file}`} cannot be used: ${why}.`,
    remedy,
    ...(file === undefined ? {} : { position: { file } }),
  });
}
