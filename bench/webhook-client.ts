import { request as httpRequest } from "node:http";
import { request } from "node:https";
import { z } from "zod";

/** The part of an AdmissionReview that the benchmark looks at. */
const answer = z.object({
  response: z.object({
    allowed: z.boolean(),
    status: z
      .object({
        message: z.string().optional(),
        details: z
          .object({ causes: z.array(z.object({ message: z.string().optional() })).optional() })
          .optional(),
      })
      .optional(),
  }),
});
type Answer = z.infer<typeof answer>;

/** Posts one review and gives the AdmissionReview of the answer. */
export function post(url: string, body: Uint8Array, ca: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { method: "POST", headers, ca: Buffer.from(ca), agent: false, timeout: 5_000 };
    const sent = request(url, options, (response) => {
      collect(response)
        .then((text) => resolve(answer.parse(JSON.parse(text))))
        .catch(reject);
    });
    sent.once("timeout", () => sent.destroy(new Error(`${url} did not answer within 5 s.`)));
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Gets a page over plain HTTP. */
export function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, (response) => {
      collect(response).then(resolve, reject);
    });
    sent.once("error", reject);
    sent.end();
  });
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Portcullis has a cause for each violation; OPA's rules and Gatekeeper put one on each line of the message. */
export function messagesOf({ response: { status } }: Answer): readonly string[] {
  const causes = status?.details?.causes?.flatMap(({ message }) => (message === undefined ? [] : [message]));
  if (causes !== undefined && causes.length > 0) return causes;
  // Gatekeeper names the constraint in brackets before each message.
  return (status?.message ?? "").split("\n").map((line) => line.replace(/^\[[^\]]+\] /, ""));
}
