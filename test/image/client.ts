/** Who asks a server that runs in a sandbox. */
import type { ChildProcess } from "node:child_process";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import type { HttpAnswer } from "../running-server.ts";

export interface Ports {
  readonly admissionPort: number;
  readonly metricsPort: number;
}

/** Far more than any server takes that starts at all, and less than a test may take. */
const START_MS = 60_000;

/** Waits for the lines that tell the ports; fails with what the process said if it ends before, or tells none. */
export function portsOf(child: ChildProcess, limitMs = START_MS): Promise<Ports> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = (): void =>
      reject(new Error(`the server told no ports within ${limitMs / 1000} s: ${text}`));
    setTimeout(late, limitMs).unref();
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const admission = /https:\/\/localhost:(\d+)\/mutate/.exec(text)?.[1];
      const metrics = /http:\/\/localhost:(\d+)\/metrics/.exec(text)?.[1];
      if (admission !== undefined && metrics !== undefined)
        resolve({ admissionPort: Number(admission), metricsPort: Number(metrics) });
    });
    child.stdout?.resume();
    child.once("error", reject);
    // Not "exit", which may come before what it said last.
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

/** Posts an AdmissionReview over TLS or, without one, gets a page of the metrics port. */
export async function ask(
  server: Ports & { readonly ca: Buffer },
  urlPath: string,
  review?: string,
): Promise<HttpAnswer> {
  const sent =
    review === undefined
      ? request({ host: "localhost", port: server.metricsPort, path: urlPath, agent: false })
      : secureRequest({
          host: "localhost",
          port: server.admissionPort,
          path: urlPath,
          method: "POST",
          headers: { "content-type": "application/json" },
          ca: server.ca,
          agent: false,
        });
  sent.end(review);
  return new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => {
      buffer(response).then(
        (bytes) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString() }),
        reject,
      );
    });
  });
}
