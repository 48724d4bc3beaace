import type { EvaluationCall } from "../engine/index.ts";
import { PortcullisError } from "../error.ts";
import { admit, type Surroundings } from "./admit.ts";
import type { Decision, Stage } from "./decision.ts";
import { encodeReview, respond, type AdmissionResponse } from "./respond.ts";
import { decodeReview } from "./review.ts";

/** The answer to one admission call: a decision and the text to send, or why the bytes are no AdmissionReview. */
export type Answer =
  | {
      readonly kind: "decided";
      readonly decision: Decision;
      readonly response: AdmissionResponse;
      /** JSON text of the AdmissionReview to send back. */
      readonly body: string;
    }
  | { readonly kind: "rejected"; readonly error: PortcullisError };

/** Bytes in, answer out: decode, `admit`, respond. Does not throw for anything that the bytes hold. */
export function answer(
  body: Uint8Array,
  stage: Stage,
  surroundings: Surroundings,
  call: EvaluationCall,
): Answer {
  try {
    const decision = admit(decodeReview(body), stage, surroundings, call);
    const response = respond(decision);
    return { kind: "decided", decision, response, body: encodeReview(response) };
  } catch (error) {
    if (error instanceof PortcullisError) return { kind: "rejected", error };
    throw error;
  }
}
