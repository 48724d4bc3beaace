/** What the tests of a running server share: a folder to serve from, reviews, answers, and waiting. */
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { ensureDevelopmentCertificates } from "../../certs/development-certificates.ts";
import { metricValues } from "../contract/metric-values.ts";
import { buildFolder, policyFolder, temporaryFolder, type Files } from "../policy-folder.ts";
import type { HttpAnswer, RunningServer } from "../running-server.ts";

export interface Deployed {
  /** The built bundle. */
  readonly file: string;
  readonly revision: string;
}

export async function certificates(): Promise<string> {
  const folder = await temporaryFolder();
  await ensureDevelopmentCertificates(folder, new Date());
  return folder;
}

export async function bundleOf(files: Files): Promise<Deployed> {
  const { file, revision } = await buildFolder(await policyFolder(files));
  return { file, revision };
}

/** Puts a file in the place of another at once, as `portcullis build` and a mounted volume do. */
export async function replaceBy(place: string, file: string): Promise<void> {
  await rewrite(place, await readFile(file));
}

/** Writes a file at once: nobody who follows it, or its folder, ever sees a part of it. */
export async function rewrite(place: string, content: string | Uint8Array): Promise<void> {
  // Nothing is read from a hidden file.
  const next = path.join(path.dirname(place), `.${path.basename(place)}.new`);
  await writeFile(next, content);
  await rename(next, place);
}

/** A policy for Pods: `body` follows the package. */
export function podPolicy(name: string, body: string): string {
  return `# METADATA
# scope: package
# title: A policy for tests
# custom:
#   match:
#     resources: [pods]
package life.${name}

${body}
`;
}

/** Runs for hours on Pods with the label `loop`, over sets, which are gone through without taking memory. */
export const LOOPING = podPolicy(
  "loops",
  `range := {number | some number in numbers.range(1, 100000)}

deny contains "never" if {
	input.request.object.metadata.labels.loop
	some i in range
	some j in range
	i == j
	i == -1
}`,
);

export const DENYING = podPolicy("denies", `deny contains "no" if input.request.object.metadata.labels.bad`);

/** A PolicyBinding as YAML. */
export function bindingOf(policy: string, failurePolicy: "Fail" | "Ignore"): string {
  return `apiVersion: policy.portcullis.dev/v1alpha1
kind: PolicyBinding
metadata: {name: ${policy.replace("/", "-")}}
spec: {policies: [${policy}], failurePolicy: ${failurePolicy}}
`;
}

let count = 0;

export function podReview(
  labels: Readonly<Record<string, string>>,
  spec: Readonly<Record<string, unknown>> = {},
): string {
  count += 1;
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", labels }, spec };
  const request = {
    uid: `u-${count}`,
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    namespace: "shop",
    operation: "CREATE",
    userInfo: { username: "jane" },
    object,
  };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

const Answer = z.object({
  response: z.object({
    allowed: z.boolean(),
    status: z.object({ code: z.int(), message: z.string() }).optional(),
    auditAnnotations: z.record(z.string(), z.string()),
  }),
});

/** What an AdmissionReview says; throws if the answer is none. */
export function verdictOf({ status, body }: HttpAnswer): z.infer<typeof Answer>["response"] {
  if (status !== 200) throw new Error(`HTTP ${status}: ${body}`);
  return Answer.parse(JSON.parse(body)).response;
}

/** Waits until `holds`; fails after a minute, which is far more than anything here takes. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await holds()); await delay(10)) {
    if (Date.now() > end) throw new Error(`waited a minute in vain: ${what}`);
  }
}

/** Waits until nothing is thrown; fails with what was thrown last. `patience` in milliseconds, default a minute. */
export async function eventuallyExpected(
  assertion: () => void | Promise<void>,
  patience = 60_000,
): Promise<void> {
  for (const end = Date.now() + patience; ; await delay(100)) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The value of a series as it is written on /metrics. */
export async function metric(server: RunningServer, series: string): Promise<number> {
  const value = (await metrics(server)).get(series);
  if (value === undefined) throw new Error(`/metrics has no ${series}`);
  return value;
}

/** The values of all series, as they are at one moment. */
export async function metrics(server: RunningServer): Promise<ReadonlyMap<string, number>> {
  return metricValues((await server.get("/metrics")).body);
}

/** A line for whoever reads the output of the tests. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
