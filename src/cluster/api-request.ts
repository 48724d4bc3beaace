import { IsomorphicFetchHttpLibrary, RequestContext, type HttpMethod } from "@kubernetes/client-node";
import { z } from "zod";
import { PortcullisError } from "../error.ts";
import { isJsonObject, type JsonObject } from "../policy/json.ts";
import type { ClusterAccess } from "./kubeconfig.ts";

/** One call of the Kubernetes API. */
export interface ApiRequest {
  readonly method: HttpMethod;
  /** e.g. `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: {
    readonly type: "application/json" | "application/apply-patch+yaml";
    readonly value: unknown;
  };
}

/** What the API server answered, whichever status it has. */
export interface ApiAnswer {
  readonly code: number;
  /** The object, or a `metav1.Status`; empty if the answer is no JSON object. */
  readonly body: JsonObject;
}

export type SendRequest = (request: ApiRequest) => Promise<ApiAnswer>;

/** Milliseconds for one call: longer than a whole write with its webhooks may take in an API server, which is 34 s. */
const DEADLINE = 40_000;

/** The way to one cluster. A call throws CLUSTER_UNREACHABLE if no answer comes in time. */
export function apiRequests({ kubeConfig, server }: ClusterAccess): SendRequest {
  const library = new IsomorphicFetchHttpLibrary();
  return async ({ method, path, query = {}, body }) => {
    const context = new RequestContext(`${server}${path}`, method);
    for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value);
    context.setHeaderParam("Accept", "application/json");
    context.setSignal(AbortSignal.timeout(DEADLINE));
    if (body !== undefined) {
      context.setHeaderParam("Content-Type", body.type);
      // JSON is YAML.
      context.setBody(JSON.stringify(body.value));
    }
    try {
      await kubeConfig.applySecurityAuthentication(context);
      const response = await library.send(context).toPromise();
      return { code: response.httpStatusCode, body: jsonObject(await response.body.text()) };
    } catch (cause) {
      throw unreachable(server, cause);
    }
  };
}

function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function unreachable(server: string, cause: unknown): PortcullisError {
  return new PortcullisError("CLUSTER_UNREACHABLE", {
    message: `The API server ${server} could not be reached: ${reasonOf(cause)}.`,
    remedy:
      "Check that the cluster runs and that `kubectl version` works with the same kubeconfig and context.",
    cause,
  });
}

/** What is read of anything that was thrown; of several addresses of one name, each has failed by itself. */
const Thrown = z.object({
  name: z.string().catch(""),
  message: z.string().catch(""),
  cause: z.unknown().optional(),
  errors: z.array(z.unknown()).catch([]),
});

/** `fetch failed` says nothing; what it was caused by does. */
function reasonOf(thrown: unknown): string {
  const read = Thrown.safeParse(thrown);
  if (!read.success) return String(thrown);
  const { name, message, cause, errors } = read.data;
  if (name === "TimeoutError") return `no answer within ${DEADLINE / 1_000} s`;
  const inner = cause ?? errors[0];
  return inner === undefined ? message : reasonOf(inner);
}
