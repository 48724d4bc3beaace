import { once } from "node:events";
import { answer, type Answer } from "../admission/answer.ts";
import type { Webhook } from "../admission/decision.ts";
import { firstEvaluation } from "../admission/first-evaluation.ts";
import { PortcullisError } from "../error.ts";
import { readCertificate } from "../server/certificate.ts";
import { listenHttp, listenHttps, type Listening } from "../server/listen.ts";
import { operations, type Check } from "../server/operations.ts";
import { REJECTIONS } from "../server/status.ts";
import { webhooks } from "../server/webhooks.ts";
import { decisionLog } from "../telemetry/decision-log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createRecorder } from "../telemetry/recorder.ts";
import { rejectionLog } from "../telemetry/rejection-log.ts";
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

/**
 * Starts the server and ends when it is told to stop. Both ports open at once: until every policy was evaluated once,
 * health says what is missing and admission is answered by 503, which the API server takes as "try again".
 */
export async function serveCommand(
  options: ServeOptions,
  environment: Environment,
  streams: ProcessSurroundings,
): Promise<number> {
  const state: State = { phase: "loading", policies: undefined };
  const telemetry = startTelemetry(streams);
  const servers = await listen(options, state, telemetry);
  try {
    const policies = await load(options, environment, { streams, state });
    telemetry.metrics.loaded(policies.snapshot);
    state.policies = policies;
    state.phase = "ready";
    streams.stderr.write(welcome(options, policies, servers));
    await stopSignal(streams);
    state.phase = "stopping";
    streams.stderr.write("stopping: open requests are answered, new connections are refused\n");
    return 0;
  } finally {
    await Promise.all([servers.admission.stop(), servers.health.stop()]);
  }
}

/** How far the start is and what decides; the only thing that changes while the server runs. */
interface State {
  phase: "loading" | "evaluating" | "ready" | "stopping";
  policies: LoadedPolicies | undefined;
}

function readiness(state: State): readonly Check[] {
  const failsIn = (name: string, phases: readonly State["phase"][], reason: string): Check => ({
    name,
    failure: () => (phases.includes(state.phase) ? reason : undefined),
  });
  return [
    failsIn("bundle", ["loading"], "not loaded yet"),
    failsIn("policies", ["loading", "evaluating"], "not every policy was evaluated once yet"),
    failsIn("shutdown", ["stopping"], "the server was told to stop"),
  ];
}

function startTelemetry({ stdout }: ProcessSurroundings) {
  const metrics = createMetrics(REJECTIONS);
  const logRejection = rejectionLog(stdout, Date.now);
  return {
    metrics,
    record: createRecorder(metrics, decisionLog(stdout)).record,
    rejected: (error: PortcullisError): void => {
      metrics.rejected(error.code);
      logRejection(error);
    },
  };
}

async function load(
  options: ServeOptions,
  environment: Environment,
  { streams, state }: { readonly streams: ProcessSurroundings; readonly state: State },
): Promise<LoadedPolicies> {
  const { say } = progressOn(streams.stderr, Date.now);
  const inventory = await readInput(options.inventory);
  const [problem] = inventory.problems;
  if (problem !== undefined) throw problem;
  const policies = await loadPolicies(options, namespacesIn(inventory.manifests), environment, say);
  state.phase = "evaluating";
  for (const note of [...policies.notes, ...firstFailures(policies)]) say(`note: ${note}`);
  return policies;
}

interface Servers {
  readonly admission: Listening;
  readonly health: Listening;
}

async function listen(
  options: ServeOptions,
  state: State,
  { metrics, record, rejected }: ReturnType<typeof startTelemetry>,
): Promise<Servers> {
  checkPorts(options);
  const certificate = await readCertificate(options.cert, options.key, new Date());
  const review = (webhook: Webhook, body: Uint8Array): Answer | undefined =>
    state.policies === undefined ? undefined : answer(body, webhook, state.policies, currentCall());
  const health = await listenHttp({
    app: operations({ live: [], ready: readiness(state), metrics, rejected }),
    setting: { port: options.metricsPort, flag: "--metrics-port", variable: "METRICS_PORT" },
    rejected,
  });
  try {
    const app = webhooks({ review, record, rejected });
    const setting = { port: options.port, flag: "--port", variable: "PORT" };
    return { admission: await listenHttps({ app, setting, certificate, rejected }), health };
  } catch (error) {
    await health.stop();
    throw error;
  }
}

/** Otherwise the second server would find the port taken by another process, which is this one. */
function checkPorts({ port, metricsPort }: ServeOptions): void {
  if (port !== metricsPort || port === 0) return;
  throw new PortcullisError("PORT_TAKEN", {
    message: `Port ${port} is both the admission port and the metrics port.`,
    remedy: "Set one of them to another port: `--port` or `PORT=`, `--metrics-port` or `METRICS_PORT=`.",
  });
}

/**
 * What failed when every policy was evaluated once. No reason not to start: a policy may rightly fail on an object that
 * it is not for, and where it does match, its own binding says what an error does.
 */
function firstFailures(policies: LoadedPolicies): readonly string[] {
  return firstEvaluation(policies, currentCall()).map(
    ({ policy, error }) => `${policy} failed when it was evaluated once: ${error.message} ${error.remedy}`,
  );
}

function welcome(options: ServeOptions, { bundle }: LoadedPolicies, { admission, health }: Servers): string {
  const lines = [
    `Portcullis is ready: ${bundle.policies.length} ${bundle.policies.length === 1 ? "policy" : "policies"}, bundle ${bundle.revision}`,
    `  admission  https://localhost:${admission.port}/mutate, /validate`,
    `  health     http://localhost:${health.port}/livez, /readyz`,
    `  metrics    http://localhost:${health.port}/metrics`,
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
