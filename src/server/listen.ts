import { once } from "node:events";
import { constants } from "node:crypto";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { PortcullisError } from "../error.ts";
import type { Certificate } from "./certificate.ts";
import { checkClients, type ClientCheck, type ClientRules } from "./client-check.ts";
import { onClientError } from "./client-error.ts";
import { trackConnections, type HttpStart } from "./connections.ts";
import { departure } from "./departure.ts";
import { answerFailure, type Rejected } from "./failures.ts";
import { headError, MAX_HEADERS } from "./request-head.ts";

/** Times in milliseconds; the names are Node's but for `stop`. */
export interface Limits {
  /** Beyond it a connection is closed as soon as it is accepted. */
  readonly maxConnections: number;
  /** Bytes. */
  readonly maxHeaderSize: number;
  readonly keepAliveTimeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often Node looks for requests beyond the two limits before. */
  readonly connectionsCheckingInterval: number;
  /** Of a client whose certificate is not accepted also how long its connection stays after that. */
  readonly handshakeTimeout: number;
  /** How long a connection may carry no byte in either direction, whatever else it waits for. */
  readonly timeout: number;
  /** How long `stop` waits for open requests. */
  readonly stop: number;
}

/**
 * The API server keeps idle connections for 90 s (Go's http.Transport.IdleConnTimeout) and does not repeat a POST
 * whose connection breaks: a server that closes first turns into failed requests. The next two limits must be as
 * long, since Node also applies them to a connection that was opened ahead and not used yet (tried with Node 24).
 * `timeout` ends what no other limit does, a client that reads no answers; it comes after the others, which say more:
 * 125 s and the interval of 30 s. `stop`: a webhook's `timeoutSeconds` is 10 by default, so an open request older than
 * that has nobody who waits for it; and a Pod has 30 s to end before it is killed.
 *
 * `maxConnections`: an API server handles 200 writes at a time (--max-mutating-requests-inflight) and calls two
 * validating webhooks at most for each, every call on a connection of its own: 2,000 are five API servers at their
 * limit. An idle TLS connection takes 70 KB (Node 24), so all of them 140 MB.
 */
export const LIMITS: Limits = {
  maxConnections: 2_000,
  maxHeaderSize: 16_384,
  keepAliveTimeout: 120_000,
  headersTimeout: 125_000,
  requestTimeout: 125_000,
  connectionsCheckingInterval: 30_000,
  handshakeTimeout: 10_000,
  timeout: 180_000,
  stop: 10_000,
};

/** A port and the names by which a person sets it. */
interface PortSetting {
  /** 0 takes any free port. */
  readonly port: number;
  /** e.g. `--port`. */
  readonly flag: string;
  /** e.g. `PORT`. */
  readonly variable: string;
}

export interface ListenOptions {
  readonly app: RequestListener;
  readonly setting: PortSetting;
  readonly rejected: Rejected;
  /** Default LIMITS; tests cannot wait so long. */
  readonly limits?: Limits;
}

/** A server that listens. Whoever started it stops it. */
export interface Listening {
  readonly port: number;
  /**
   * From now on every answer closes its connection: clients go elsewhere. New connections and requests are answered
   * as before.
   */
  drain(): void;
  /**
   * Takes no new connections, closes those without a request, and settles when the open requests have their answers
   * or, after `patience` milliseconds (default `limits.stop`), were broken off. What still comes on a connection that is open is answered by NOT_READY.
   */
  stop(patience?: number): Promise<void>;
}

/** Serves HTTPS, and can change its certificate. */
export interface ListeningHttps extends Listening {
  /** New connections get this certificate; those that are open stay. The pair must have been checked. */
  present(certificate: Certificate): void;
  /**
   * From now on clients must come from these authorities (PEM); connections that are open have to be made anew. Only for
   * a server that was started with `clients`.
   */
  trust(ca: readonly string[]): void;
}

export interface HttpsOptions extends ListenOptions {
  readonly certificate: Certificate;
  /** Only clients with a certificate of these authorities (PEM), and by these rules; default: all. */
  readonly clients?: ClientRules & { readonly ca: readonly string[] };
}

/** Serves HTTPS. Throws PORT_TAKEN or PORT_UNUSABLE. */
export async function listenHttps(options: HttpsOptions): Promise<ListeningHttps> {
  const { clients, limits = LIMITS } = options;
  let { certificate } = options;
  let ca = clients?.ca;
  const asking = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  const tls = { ...secureContextOf(certificate, ca), ...asking, ALPNProtocols: ["http/1.1"] };
  const server = createHttpsServer({ ...serverOptions(options), ...tls });
  const check = clients === undefined ? undefined : checkClients(server, clients, limits.handshakeTimeout);
  const listening = await listen(server, "secureConnection", { ...options, refusal: check?.refusal });
  return {
    ...listening,
    present: (next) => {
      certificate = next;
      server.setSecureContext(secureContextOf(certificate, ca));
    },
    trust: (next) => {
      ca = next;
      server.setSecureContext(secureContextOf(certificate, ca));
      check?.outdate();
    },
  };
}

/**
 * A change replaces all of it. Where clients are checked no session is resumed: it would bring back what was found out
 * about a certificate earlier. Nor may a client renegotiate (TLS 1.2): it could present another certificate, and Node
 * keeps `authorized` as the first one left it.
 */
function secureContextOf({ cert, key }: Certificate, ca: readonly string[] | undefined) {
  const own = { cert, key, minVersion: "TLSv1.2" } as const;
  const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;
  return ca === undefined ? own : { ...own, ca: [...ca], secureOptions };
}

/** Serves plain HTTP. Throws PORT_TAKEN or PORT_UNUSABLE. */
export function listenHttp(options: ListenOptions): Promise<Listening> {
  return listen(createHttpServer(serverOptions(options)), "connection", options);
}

function serverOptions({ limits = LIMITS }: ListenOptions) {
  // Node would answer a request without Host by itself, without a body and uncounted.
  return { ...limits, requireHostHeader: false };
}

interface CheckedOptions extends ListenOptions {
  readonly refusal?: ClientCheck["refusal"] | undefined;
}

async function listen(server: Server, httpStart: HttpStart, options: CheckedOptions): Promise<Listening> {
  const { app, setting, rejected, limits = LIMITS, refusal = () => undefined } = options;
  const connections = trackConnections(server, httpStart);
  const { open, answer, drain, end } = departure(server, connections, {
    app: checkingHead(app, rejected, (request) => refusal(request) ?? headError(request)),
    rejected,
  });
  server.on("request", answer);
  server.on("checkExpectation", answer);
  server.on("clientError", onClientError({ connections, open, rejected }));
  server.on("drop", () => rejected(tooManyConnections(limits)));
  server.maxConnections = limits.maxConnections;
  // One more than is taken, so that it can be told that there were too many.
  server.maxHeadersCount = MAX_HEADERS + 1;
  server.setTimeout(limits.timeout);
  server.listen(setting.port);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw portError(setting, cause);
  }
  return { port: portOf(server, setting), drain, stop: (patience = limits.stop) => end(patience) };
}

function checkingHead(
  app: RequestListener,
  rejected: Rejected,
  check: (request: IncomingMessage) => PortcullisError | undefined,
): RequestListener {
  return (request, response) => {
    const error = check(request);
    if (error === undefined) {
      app(request, response);
    } else {
      response.setHeader("Connection", "close");
      answerFailure(response, error, rejected);
    }
  };
}

function tooManyConnections({ maxConnections }: Limits): PortcullisError {
  return new PortcullisError("CONNECTION_LIMIT", {
    message: `A connection was closed because ${maxConnections} are open, which is all that the server takes.`,
    remedy: "Look for a client that opens connections and does not use them, or run more replicas.",
  });
}

/** The port that was given, or the one that the system chose for 0. */
function portOf(server: Server, { port }: PortSetting): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function portError({ port, flag, variable }: PortSetting, cause: unknown): PortcullisError {
  const code =
    typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown";
  return code === "EADDRINUSE"
    ? new PortcullisError("PORT_TAKEN", {
        message: `Port ${port} is in use by another process.`,
        remedy: `Stop that process, or choose another port with \`${flag}\` or \`${variable}=\`.`,
        cause,
      })
    : new PortcullisError("PORT_UNUSABLE", {
        message: `Port ${port} cannot be opened (${code}).`,
        remedy: `Choose another port with \`${flag}\` or \`${variable}=\`.`,
        cause,
      });
}
