import { SELF_PROBE_ANNOTATION } from "../../admission/self-probe.ts";
import type { ApiRequest } from "../../cluster/api/request.ts";

/**
 * Pretends to create a Namespace that Portcullis denies whatever its policies say. The guard's entry is asked about it
 * (`cluster/webhooks/guard.ts`), so this goes the way of a real write and nothing is stored.
 */
export const ANSWER_PROBE: ApiRequest = {
  method: "POST",
  path: "/api/v1/namespaces",
  query: { dryRun: "All", fieldManager: "portcullis" },
  body: {
    type: "application/json",
    value: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "portcullis-self-probe-deny", annotations: { [SELF_PROBE_ANNOTATION]: "deny" } },
    },
  },
};
