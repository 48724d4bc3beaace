import { once } from "node:events";
import { answer } from "../admission/answer.ts";
import { firstEvaluation } from "../admission/first-evaluation.ts";
import { PortcullisError } from "../error.ts";
import { readCertificate } from "../server/certificate.ts";
import { listenHttp, listenHttps, type Listening } from "../server/listen.ts";
import { operations } from "../server/operations.ts";
import { REJECTIONS } from "../server/status.ts";
import { webhooks } from "../server/webhooks.ts";
import { decisionLog, rejectionLog } from "../telemetry/decision-log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createRecorder } from "../telemetry/recorder.ts";
import { currentCall } from "./call.ts";
import { loadPolicies, type LoadedPolicies, type PolicySources } from "./load-policies.ts";
import { readInput } from "./manifest-input.ts";
import { progressOn } from "./progress.ts";
import { namespacesIn } from "./review-input.ts";
import type { Environment, ProcessSurroundings } from "./surroundings.ts";

export interface ServeOptions extends PolicySources {
  readonly inventory: readonly string[];
  /** HTTPS, admission; 0 takes any free port. */
  readonly port: number;
  /** HTTP, health and metrics; 0 takes any free port. */
  readonly metricsPort: number;
  readonly cert: string;
  readonly key: string;
  /** A file with an AdmissionReview: a command that posts it is printed. */
  readonly try: string | undefined;
  /** The certificate authority that this command trusts. */
  readonly ca: string;
}

/** Starts the server and ends when it is told to stop. Nothing is answered before every policy was evaluated once. */
export async function serveCommand(
  options: ServeOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const progress = progressOn(streams.stderr, "loading", Date.now);
  const certificate = await readCertificate(options.cert, options.key);
  const inventory = await readInput(options.inventory);
  const [problem] = inventory.problems;
  if (problem !== undefined) throw problem;
  const policies = await loadPolicies(options, namespacesIn(inventory.manifests), environment, progress.say);
  checkPolicies(policies);
  for (const note of policies.notes) progress.say(`note: ${note}`);

  const servers = await startServers(options, certificate, policies, streams);
  streams.stderr.write(welcome(options, policies, servers));
  await stopSignal(streams);
  streams.stderr.write("stopping: open requests are answered, new connections are refused\n");
  await Promise.all([servers.admission.stop(), servers.metrics.stop()]);
  return 0;
}

interface Servers {
  readonly admission: Listening;
  readonly metrics: Listening;
}

async function startServers(
  options: ServeOptions,
  certificate: Parameters<typeof listenHttps>[2],
  policies: LoadedPolicies,
  streams: ProcessSurroundings,
): Promise<Servers> {
  const metrics = createMetrics(policies.snapshot, REJECTIONS);
  const recorder = createRecorder(metrics, decisionLog(streams.stdout));
  const logRejection = rejectionLog(streams.stdout);
  const rejected = (error: PortcullisError): void => {
    metrics.rejected(error.code);
    logRejection(error);
  };
  const app = webhooks({
    review: (stage, body) => answer(body, stage, policies, currentCall()),
    ready: () => true,
    record: recorder.record,
    rejected,
  });
  const probes = operations({
    live: [],
    ready: [{ name: "bundle", failure: () => undefined }, { name: "policies", failure: () => undefined }],
    metrics,
    rejected,
  });
  const metricsServer = await listenHttp(
    probes,
    { port: options.metricsPort, flag: "--metrics-port", variable: "METRICS_PORT" },
    rejected,
  );
  try {
    const setting = { port: options.port, flag: "--port", variable: "PORT" };
    return { admission: await listenHttps(app, setting, certificate, rejected), metrics: metricsServer };
  } catch (error) {
    await metricsServer.stop();
    throw error;
  }
}

/** A policy that fails on the plainest request would fail on every one. */
function checkPolicies(policies: LoadedPolicies): void {
  const [failed] = firstEvaluation(policies, currentCall());
  if (failed === undefined) return;
  throw new PortcullisError("EVALUATION_FAILED", {
    message: `The policy ${failed.policy} could not be evaluated once before the start: ${failed.error.message}`,
    remedy: failed.error.remedy,
    cause: failed.error,
  });
}

function welcome(options: ServeOptions, { bundle }: LoadedPolicies, { admission, metrics }: Servers): string {
  const lines = [
    `Portcullis is ready: ${bundle.policies.length} policies, bundle ${bundle.revision}`,
    `  admission  https://localhost:${admission.port}/validate`,
    `  health     http://localhost:${metrics.port}/livez, /readyz`,
    `  metrics    http://localhost:${metrics.port}/metrics`,
  ];
  if (options.try !== undefined) {
    lines.push(
      "",
      "See a denial (in another terminal):",
      `  curl --silent --cacert ${options.ca} --header 'Content-Type: application/json' \\`,
      `    --data @${options.try} https://localhost:${admission.port}/validate`,
      "",
      "Stop with Ctrl-C.",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Settles with the first SIGINT or SIGTERM. */
async function stopSignal(streams: ProcessSurroundings): Promise<void> {
  await Promise.race([once(streams.signals, "SIGINT"), once(streams.signals, "SIGTERM")]);
}
