import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { PortcullisError } from "../error.ts";
import { faultOf } from "./client-check.ts";
import type { Connections } from "./connections.ts";
import type { Rejected } from "./failures.ts";
import { statusOf } from "./status.ts";
import { tlsFailed } from "./tls-failure.ts";

/** Errors of a connection whose client left; if it left within a body, the app's handler says so. */
const CLIENT_GONE: ReadonlySet<string> = new Set(["ECONNRESET", "HPE_INVALID_EOF_STATE"]);

export interface ClientErrorOptions {
  readonly connections: Connections;
  /** The responses of the server that are not finished. */
  readonly open: ReadonlySet<ServerResponse>;
  readonly rejected: Rejected;
}

/**
 * The handler of `clientError`: bytes that never became a request, TLS handshakes included (`https` hands them on). But
 * for a refused signature it always ends in `destroy`: the server's half of a connection alone would keep it open for as
 * long as the client likes, and what is written before the handshake is done is never sent.
 */
export function onClientError({ connections, open, rejected }: ClientErrorOptions) {
  return (cause: NodeJS.ErrnoException, socket: Duplex): void => {
    // Its request is answered, or its time is over soon (client-check.ts).
    if (isRefusedSignature(cause, socket)) return;
    if (CLIENT_GONE.has(cause.code ?? "") || connections.silent(socket)) {
      // A connection without a byte was opened ahead, or by a probe: no request is lost.
      socket.destroy();
    } else if (connections.speakHttp(socket)) {
      answerInvalid(cause, socket, { open, rejected });
    } else {
      rejected(tlsFailed(cause));
      socket.destroy();
    }
  };
}

/** Says what was no HTTP, if there is still somebody to say it to. */
function answerInvalid(
  cause: NodeJS.ErrnoException,
  socket: Duplex,
  { open, rejected }: Pick<ClientErrorOptions, "open" | "rejected">,
): void {
  const answering = [...open].find((response) => response.socket === socket);
  // The client has its answer already, or a part of it: another one after it would be taken for a part of it.
  if (!socket.writable || answering?.headersSent === true) {
    socket.destroy();
  } else {
    const error = httpInvalid(cause);
    // Within a body the app notices the end of the connection and counts the request: once is enough.
    if (answering?.req.complete !== false) rejected(error);
    socket.end(rawAnswer(error), () => socket.destroy());
  }
}

/**
 * OpenSSL leaves the reason why it refuses the signature of a client's certificate in its queue of errors, where Node finds
 * it after the handshake and takes it for an error of the connection, which has none (tried with Node 24).
 */
function isRefusedSignature({ code = "" }: NodeJS.ErrnoException, socket: Duplex): boolean {
  return socket instanceof TLSSocket && faultOf(socket) !== undefined && code.startsWith("ERR_SSL_");
}

function httpInvalid(cause: NodeJS.ErrnoException): PortcullisError {
  const code = cause.code ?? cause.message;
  return new PortcullisError("HTTP_INVALID", {
    message: `The request could not be read (${code}).`,
    remedy: remedyOf(code),
    cause,
  });
}

function remedyOf(code: string): string {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "Send the whole request within two minutes: look for a client or a proxy that stalls.";
    case "HPE_HEADER_OVERFLOW":
      return "Send less than 16 KiB of headers.";
    default:
      return "Send HTTP/1.1, over TLS to the admission port and without TLS to the metrics port.";
  }
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
