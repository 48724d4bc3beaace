import { performance } from "node:perf_hooks";
import { PortcullisError } from "../../error.ts";
import { listenHttp, listenHttps, type Listening } from "../../server/listen.ts";
import type { Certificate } from "../../server/certificate.ts";
import { operations, type Check } from "../../server/operations.ts";
import { webhooks } from "../../server/webhooks.ts";
import type { Review } from "../../workers/review-call.ts";
import { noticingMistrust } from "./mistrust.ts";
import type { CertificateProvider } from "./presented-certificate.ts";
import type { ServeOptions } from "./options.ts";
import { serverCertificate, type CertificateContext } from "./server-certificate.ts";
import { TrustedClients } from "./trusted-clients.ts";

/** The ports of a server. */
export interface Servers {
  readonly health: Listening;
  /**
   * Settles when the admission port is open, which is when there is a certificate for the first time. Rejects with
   * PORT_TAKEN or PORT_UNUSABLE.
   */
  readonly admission: Promise<Listening>;
  /** As Listening.drain, for the admission port. */
  readonly drain: () => void;
  /** As Listening.stop, for both ports; an admission port that is not open yet never opens. */
  readonly stop: (patience?: number) => Promise<void>;
}

export interface ListenContext extends CertificateContext {
  readonly review: Review;
  readonly ready: readonly Check[];
}

/**
 * Opens the health port and, if there is a certificate already, the admission port. Throws PORT_TAKEN, PORT_UNUSABLE or
 * CERTIFICATE_UNREADABLE, and then both are closed.
 */
export async function listen(options: ServeOptions, context: ListenContext): Promise<Servers> {
  checkPorts(options);
  const { ready, telemetry } = context;
  const { metrics, rejected } = telemetry;
  const clients = await trustedClients(options, context);
  const certificate = await serverCertificate(options, context).catch((error: unknown) => {
    clients?.close();
    throw error;
  });
  try {
    const checks = [...ready, ...certificate.presented.checks, ...(clients?.checks ?? [])];
    const health = await listenHttp({
      app: operations({ live: [], ready: checks, metrics, rejected }),
      setting: { port: options.metricsPort, flag: "--metrics-port", variable: "METRICS_PORT" },
      rejected,
    });
    const servers = open(options, { ...context, health, certificate, clients });
    // Whoever waits for it hears of its failure; nobody may.
    servers.admission.catch(() => undefined);
    if (certificate.presented.served !== undefined) await endingIfFailed(servers);
    return servers;
  } catch (error) {
    certificate.close();
    clients?.close();
    throw error;
  }
}

/** Undefined where everybody may ask. */
async function trustedClients(
  { clientCa }: ServeOptions,
  { telemetry, note }: ListenContext,
): Promise<TrustedClients | undefined> {
  if (clientCa === undefined) return undefined;
  return TrustedClients.start(clientCa, { now: () => new Date(), telemetry, problem: note });
}

interface OpenContext extends ListenContext {
  readonly health: Listening;
  readonly certificate: CertificateProvider;
  readonly clients: TrustedClients | undefined;
}

function open(options: ServeOptions, context: OpenContext): Servers {
  const { health, certificate, clients } = context;
  let opened: Listening | undefined;
  let isStopped = false;
  const admission = certificate.presented.first.then(async (first) => {
    if (isStopped) return new Promise<never>(() => undefined);
    const listening = await openAdmission(options, context, first);
    opened = listening;
    if (isStopped) await listening.stop();
    return listening;
  });
  return {
    health,
    admission,
    drain: () => opened?.drain(),
    stop: async (patience) => {
      isStopped = true;
      certificate.close();
      clients?.close();
      await Promise.all([health.stop(patience), opened?.stop(patience)]);
    },
  };
}

/** Serves the webhooks, with what is presented and trusted now and later. */
async function openAdmission(
  { port, clientName }: ServeOptions,
  { review, telemetry, certificate, clients, look }: OpenContext,
  first: Certificate,
): Promise<Listening> {
  const { record } = telemetry;
  const rejected = noticingMistrust(telemetry.rejected, look, () => performance.now());
  const setting = { port, flag: "--port", variable: "PORT" };
  const options = { app: webhooks({ review, record, rejected }), setting, certificate: first, rejected };
  const ca = clients?.ca;
  const listening = await listenHttps(
    ca === undefined ? options : { ...options, clients: { ca, names: clientName, now: Date.now } },
  );
  certificate.presented.presentBy((changed) => listening.present(changed));
  if (ca !== undefined) clients?.trustBy((changed) => listening.trust(changed), ca);
  return listening;
}

async function endingIfFailed(servers: Servers): Promise<void> {
  try {
    await servers.admission;
  } catch (error) {
    await servers.stop();
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

/** Where a person finds what the server offers. */
export function addresses(admission: Listening, health: Listening): readonly string[] {
  return [
    `  admission  https://localhost:${admission.port}/mutate, /validate`,
    `  health     http://localhost:${health.port}/livez, /readyz`,
    `  metrics    http://localhost:${health.port}/metrics`,
  ];
}
