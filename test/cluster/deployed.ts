/** How the manifests run a replica; read there, so that what is tested is what is shipped. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { load } from "js-yaml";
import { z } from "zod";

const DEPLOYMENT = resolve(import.meta.dirname, "../../manifests/base/deployment.yaml");

const Probe = z.object({
  httpGet: z.object({ path: z.string() }),
  periodSeconds: z.number(),
  // What a Pod has that says nothing (k8s.io/api/core/v1, Probe).
  timeoutSeconds: z.number().default(1),
  failureThreshold: z.number(),
});
export type Probe = z.infer<typeof Probe>;

const Container = z.object({
  args: z.array(z.string()),
  startupProbe: Probe,
  readinessProbe: Probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
});
const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({ terminationGracePeriodSeconds: z.number(), containers: z.tuple([Container]) }),
    }),
  }),
});

/** Times in milliseconds. */
export interface Deployed {
  /** `--drain=…`, as the server gets it. */
  readonly drain: string;
  readonly preStop: number;
  /** From the beginning of `preStop` until it is killed. */
  readonly gracePeriod: number;
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
}

/** Throws what zod says if the manifest lacks any of it. */
export async function readDeployed(): Promise<Deployed> {
  const { spec } = Deployment.parse(load(await readFile(DEPLOYMENT, "utf8"))).spec.template;
  const { args, startupProbe, readinessProbe, lifecycle } = spec.containers[0];
  return {
    drain: z.string().parse(args.find((each) => each.startsWith("--drain="))),
    preStop: lifecycle.preStop.sleep.seconds * 1_000,
    gracePeriod: spec.terminationGracePeriodSeconds * 1_000,
    startupProbe,
    readinessProbe,
  };
}
