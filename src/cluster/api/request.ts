import { IsomorphicFetchHttpLibrary, RequestContext, type HttpMethod } from "@kubernetes/client-node";
import { z } from "zod";
import { PortcullisError } from "../../error.ts";
import { isJsonObject, type JsonObject } from "../../policy/json.ts";
import type { ClusterAccess } from "./kubeconfig.ts";

/** One call of the Kubernetes API. */
export interface ApiRequest {
  readonly method: HttpMethod;
  /** e.g. `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/portcullis`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: {
    readonly type: "application/json" | "application/apply-patch+yaml" | "application/merge-patch+json";
    readonly value: unknown;
  };
  /** Ends the call before its time is over. */
  readonly signal?: AbortSignal;
}

/** What the API server answered, whichever status it has. */
export interface ApiAnswer {
  readonly code: number;
  /** The object, or a `metav1.Status`; empty if the answer is no JSON object. */
  readonly body: JsonObject;
  /** The API server's clock, to the second; absent if it did not tell. */
  readonly date?: Date;
}

export type SendRequest = (request: ApiRequest) => Promise<ApiAnswer>;

/** Milliseconds for one call: longer than a whole write with its webhooks may take in an API server, which is 34 s. */
const DEADLINE = 40_000;

/** The way to one cluster. A call throws CLUSTER_UNREACHABLE if no answer comes in time or its signal ends it. */
export function apiRequests({ kubeConfig, server }: ClusterAccess): SendRequest {
  const library = new IsomorphicFetchHttpLibrary();
  return async ({ method, path, query = {}, body, signal }) => {
    const context = new RequestContext(`${server}${path}`, method);
    for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value);
    context.setHeaderParam("Accept", "application/json");
    const deadline = AbortSignal.timeout(DEADLINE);
    context.setSignal(signal === undefined ? deadline : AbortSignal.any([deadline, signal]));
    if (body !== undefined) {
      context.setHeaderParam("Content-Type", body.type);
      // JSON is YAML.
      context.setBody(JSON.stringify(body.value));
    }
    try {
      await kubeConfig.applySecurityAuthentication(context);
      const response = await library.send(context).toPromise();
      const text = await response.body.text();
      return { code: response.httpStatusCode, body: jsonObject(text), ...dateOf(response.headers) };
    } catch (cause) {
      throw unreachable(server, cause);
    }
  };
}

function dateOf({ date = "" }: Readonly<Record<string, string>>): Pick<ApiAnswer, "date"> {
  const milliseconds = Date.parse(date);
  return Number.isNaN(milliseconds) ? {} : { date: new Date(milliseconds) };
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
  if (name === "TimeoutError") return "no answer in time";
  const inner = cause ?? errors[0];
  return inner === undefined ? message : reasonOf(inner);
}
