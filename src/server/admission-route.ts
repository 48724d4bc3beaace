import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { Webhook } from "../admission/decision.ts";
import type { Review, ReviewResult } from "../workers/review-call.ts";
import { createBodyMemory, type BodyMemory } from "./body-memory.ts";
import { answerFailure, type Rejected } from "./failures.ts";
import { readReviewBody } from "./review-body.ts";
import { answerWithin } from "./timeout.ts";

type Decided = Extract<ReviewResult, { readonly kind: "decided" }>;

/**
 * What all bodies that arrive or wait for their answer may take together: as many as an overloaded server has, 36 of
 * the largest, within the memory of a small Pod.
 */
const MAX_BODY_MEMORY = 256 * 1024 * 1024;

/** What admission calls need from those who wire them. */
export interface AdmissionOptions {
  /** Answers a call; what it rejects with is answered as INTERNAL. */
  readonly review: Review;
  /**
   * Called once for each decision, after its answer was written or its connection lost; seconds since the request's
   * head was read.
   */
  readonly record: (record: Decided["record"], seconds: number) => void;
  readonly rejected: Rejected;
  /** Bytes that all bodies may take together; default 256 MiB. Tests cannot send so many. */
  readonly bodyMemory?: number;
}

/** Answers a POST to one of the webhooks. */
export type AdmissionRoute = (webhook: Webhook, request: IncomingMessage, response: ServerResponse) => void;

/** One for each server: its calls share the memory for bodies. Every failure is answered by a JSON `metav1.Status`. */
export function admissionRoute(options: AdmissionOptions): AdmissionRoute {
  const memory = createBodyMemory(options.bodyMemory ?? MAX_BODY_MEMORY);
  return (webhook, request, response) => {
    const start = performance.now();
    const deadline = start + answerWithin(request.url ?? "");
    decided({ webhook, request, deadline }, options.review, memory).then(
      (result) => {
        // A connection that was lost meanwhile takes no answer, and tells of its end only once.
        const record = (): void => options.record(result.record, (performance.now() - start) / 1_000);
        if (response.closed) record();
        else response.once("close", record).writeHead(200, headersOf(result.body)).end(result.body);
      },
      (thrown: unknown) => answerFailure(response, thrown, options.rejected),
    );
  };
}

/** In a list, which Node.js writes out as it is, without an object for each header. */
function headersOf(body: string): string[] {
  return ["Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(body))];
}

interface Arrival {
  readonly webhook: Webhook;
  readonly request: IncomingMessage;
  readonly deadline: number;
}

/** The decision on a request; rejects with why there is none. */
async function decided(
  { webhook, request, deadline }: Arrival,
  review: Review,
  memory: BodyMemory,
): Promise<Decided> {
  const body = await readReviewBody(request, memory);
  try {
    const result = await review({ webhook, body: body.bytes, deadline });
    if (result.kind === "rejected") throw result.error;
    return result;
  } finally {
    body.release();
  }
}
