import { TextDecoder } from "node:util";
import { sampleReview } from "../samples.ts";

const metadata = { name: "wéb", namespace: "shop", annotations: { note: 'a "quoted" \u2028 text \\ ' } };

function pod(privileged: boolean): Record<string, unknown> {
  const containers = [{ name: "app", image: "a/b:1", securityContext: { privileged, runAsUser: 1e3 } }];
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers, priority: -1.5e-7 } };
}

/** Reviews to damage: denied and allowed ones, with everything that JSON can hold. */
export const REVIEWS: readonly string[] = [
  sampleReview({ object: pod(true) }),
  sampleReview({ object: pod(false) }),
  sampleReview({ object: pod(true), oldObject: pod(false), operation: "UPDATE" }),
  sampleReview({ object: null, oldObject: pod(true), operation: "DELETE" }),
  sampleReview({
    object: { apiVersion: "v1", kind: "Service" },
    resource: { group: "", version: "v1", resource: "services" },
  }),
].map((review) => JSON.stringify(review));

/** The policy that judges them. */
export const POLICY = `package pod_security.privileged

deny contains "privileged" if {
	some container in input.request.object.spec.containers
	container.securityContext.privileged
}
`;

/**
 * Whether a body may be answered by `allowed: true`: a reading of its own, by which the server's is judged. It knows of
 * the policy only what nobody can argue about.
 */
export function mayBeAllowed(body: Uint8Array): boolean {
  const request = member(parsed(body), "request");
  if (typeof request !== "object" || typeof member(request, "uid") !== "string") return false;
  const containers = at(request, "object", "spec", "containers");
  const privileged =
    Array.isArray(containers) &&
    containers.some((container) => at(container, "securityContext", "privileged") === true);
  return !(privileged && isPodWrite(request));
}

function parsed(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const value: unknown = JSON.parse(text);
    const isReview =
      member(value, "apiVersion") === "admission.k8s.io/v1" && member(value, "kind") === "AdmissionReview";
    return isReview ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPodWrite(request: unknown): boolean {
  const operation = member(request, "operation");
  return (
    at(request, "resource", "resource") === "pods" &&
    at(request, "resource", "group") === "" &&
    [undefined, ""].some((none) => none === member(request, "subResource")) &&
    (operation === "CREATE" || operation === "UPDATE")
  );
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, value);
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
