import { messageOf } from "../api/error.ts";
import type { ApiAnswer } from "../api/request.ts";

/**
 * Whether an admission webhook or an admission policy denied a request: its answer may have the same status as a missing
 * permission (k8s.io/apiserver, pkg/admission/plugin/webhook/errors and pkg/admission/plugin/policy/validating).
 */
export function isDenied(answer: ApiAnswer): boolean {
  return /\bdenied (the )?request\b/.test(messageOf(answer));
}
