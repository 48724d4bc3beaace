import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { PortcullisError } from "../error.ts";
import { peerOf } from "./connections.ts";

/** Which clients may send requests, beside that an authority must have signed their certificate. */
export interface ClientRules {
  /** One of them is the common name or a DNS name of the certificate; empty for any. */
  readonly names: readonly string[];
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Looks at who sent a request, before its body is read. */
export interface ClientCheck {
  /** CLIENT_FORBIDDEN; NOT_READY if the certificate must be looked at again, on a new connection; undefined for who may. */
  readonly refusal: (request: IncomingMessage) => PortcullisError | undefined;
  /** The authorities have changed: of connections that were opened before, nothing is known any more. */
  readonly outdate: () => void;
}

/** What there is to know of the certificate of a connection. */
interface Client {
  readonly fits: boolean;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

/**
 * One for each server that asks for certificates, created before it listens. The handshake has checked who signed them;
 * what is left are names and time, since a connection may outlive the certificate and the trust that it was opened with.
 */
export function checkClients(server: Server, { names, now }: ClientRules): ClientCheck {
  // A handshake is checked against what was trusted when its TCP connection came.
  const opened = new Map<string, number>();
  const clients = new WeakMap<TLSSocket, Client>();
  let trust = 0;
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    opened.set(peer, trust);
    socket.once("close", () => opened.delete(peer));
  });
  const clientOf = (socket: TLSSocket): Client => {
    const known = clients.get(socket) ?? readClient(socket, names);
    clients.set(socket, known);
    return known;
  };
  return {
    outdate: () => {
      trust += 1;
    },
    refusal: ({ socket }) => {
      if (!(socket instanceof TLSSocket) || !socket.authorized) return forbidden();
      const { fits, notAfter } = clientOf(socket);
      if (opened.get(peerOf(socket)) !== trust || now() > notAfter) return outdated();
      return fits ? undefined : forbidden();
    },
  };
}

function readClient(socket: TLSSocket, names: readonly string[]): Client {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { fits: false, notAfter: Infinity };
  // Several common names come as a list: which one counts, programs do not agree on.
  const commonName: unknown = certificate.toLegacyObject().subject.CN;
  const exactly = { subject: "never", wildcards: false } as const;
  const isNamed = (name: string): boolean =>
    name === commonName || certificate.checkHost(name, exactly) !== undefined;
  return { fits: names.length === 0 || names.some(isNamed), notAfter: certificate.validToDate.getTime() };
}

/** The same text for all: who the client is would be a text of its choice. */
function forbidden(): PortcullisError {
  return new PortcullisError("CLIENT_FORBIDDEN", {
    message: "The certificate of the client has none of the names that may ask for decisions.",
    remedy: "If it is the API server's, add its common name or a DNS name of it with --client-name.",
  });
}

function outdated(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message:
      "The certificate of the client must be checked again: it has expired, or other authorities count now.",
    remedy: "Try again, on a new connection.",
  });
}
