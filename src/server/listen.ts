import { once } from "node:events";
import {
  createServer as createHttpServer,
  STATUS_CODES,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { PortcullisError } from "../error.ts";
import type { Certificate } from "./certificate.ts";
import type { Rejected } from "./failures.ts";
import { statusOf } from "./status.ts";

/**
 * The API server keeps idle connections for 90 s (Go's http.Transport.IdleConnTimeout) and does not repeat a POST
 * whose connection breaks: a server that closes first turns into failed requests. The other two limits must be as
 * long, since Node also applies them to a connection that was opened ahead and not used yet (tried with Node 24).
 */
const TIMEOUTS = { keepAliveTimeout: 120_000, headersTimeout: 125_000, requestTimeout: 125_000 } as const;
const TLS_HANDSHAKE_TIMEOUT = 10_000;
/** Errors of a connection whose client left; if it left within a body, the app's handler says so. */
const CLIENT_GONE: ReadonlySet<string> = new Set(["ECONNRESET", "HPE_INVALID_EOF_STATE"]);

/** A port and the names by which a person sets it. */
export interface PortSetting {
  /** 0 takes any free port. */
  readonly port: number;
  /** e.g. `--port`. */
  readonly flag: string;
  /** e.g. `PORT`. */
  readonly variable: string;
}

/** A server that listens. Whoever started it stops it. */
export interface Listening {
  readonly port: number;
  /** Takes no new connections, closes idle ones, and settles when the open requests have their answers. */
  stop(): Promise<void>;
}

/** Serves HTTPS. Throws PORT_TAKEN or PORT_UNUSABLE. */
export function listenHttps(
  app: RequestListener,
  setting: PortSetting,
  certificate: Certificate,
  rejected: Rejected,
): Promise<Listening> {
  const tls = {
    ...certificate,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: TLS_HANDSHAKE_TIMEOUT,
  } as const;
  return listen(createHttpsServer({ ...TIMEOUTS, ...tls }, app), setting, rejected);
}

/** Serves plain HTTP. Throws PORT_TAKEN or PORT_UNUSABLE. */
export function listenHttp(
  app: RequestListener,
  setting: PortSetting,
  rejected: Rejected,
): Promise<Listening> {
  return listen(createHttpServer(TIMEOUTS, app), setting, rejected);
}

async function listen(server: Server, setting: PortSetting, rejected: Rejected): Promise<Listening> {
  server.on("clientError", (cause: NodeJS.ErrnoException, socket: Duplex) => {
    if (CLIENT_GONE.has(cause.code ?? "") || !socket.writable) {
      socket.destroy();
      return;
    }
    const error = httpInvalid(cause);
    rejected(error);
    socket.end(rawAnswer(error));
  });
  server.listen(setting.port);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw portError(setting, cause);
  }
  const open = openResponses(server);
  return { port: portOf(server, setting), stop: () => stop(server, open) };
}

/** The port that was given, or the one that the system chose for 0. */
function portOf(server: Server, { port }: PortSetting): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** The responses that are not finished, kept by the server's events. */
function openResponses(server: Server): ReadonlySet<ServerResponse> {
  const open = new Set<ServerResponse>();
  server.prependListener("request", (_request, response) => {
    if (!server.listening) response.setHeader("Connection", "close");
    open.add(response);
    response.once("close", () => open.delete(response));
  });
  return open;
}

async function stop(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // Node closes idle connections now; a busy one would stay open for another request.
  for (const response of open) if (!response.headersSent) response.setHeader("Connection", "close");
  await closed;
}

function httpInvalid(cause: NodeJS.ErrnoException): PortcullisError {
  return new PortcullisError("HTTP_INVALID", {
    message: `The request could not be read (${cause.code ?? cause.message}).`,
    remedy: "Send HTTP/1.1 with less than 16 KiB of headers.",
    cause,
  });
}

/** Node's parser failed, so there is no response object to write with. */
function rawAnswer(error: PortcullisError): string {
  const status = statusOf(error);
  const body = JSON.stringify(status);
  return [
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? ""}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
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
