import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { PortcullisError } from "../error.ts";
import { certificateMissing, certificateUnaccepted, nameUnknown } from "./client-fault.ts";
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
 * One for each server that asks for certificates and takes any, created before it listens. The handshake has found out who
 * signed them, but a handshake that fails says nothing that reaches people: by TLS 1.3 the client is done before the server
 * has looked, and its request runs into a connection that breaks. So strangers are answered, for `patience` milliseconds at
 * most. Names and time are looked at again, since a connection may outlive the certificate and the trust that it was
 * opened with.
 */
export function checkClients(server: Server, { names, now }: ClientRules, patience: number): ClientCheck {
  // A handshake is checked against what was trusted when its TCP connection came.
  const opened = new Map<string, { readonly trust: number }>();
  const clients = new WeakMap<TLSSocket, Client>();
  let trust = 0;
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    const entry = { trust };
    opened.set(peer, entry);
    // The peer may have come again from the same port before the end of this one is told.
    socket.once("close", () => {
      if (opened.get(peer) === entry) opened.delete(peer);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.authorized) return;
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.once("close", () => clearTimeout(timer));
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
      if (!(socket instanceof TLSSocket)) return certificateMissing();
      if (opened.get(peerOf(socket))?.trust !== trust) return outdated();
      const fault = faultOf(socket);
      if (!socket.authorized || fault !== undefined) return strangerOf(socket, fault);
      const { fits, notAfter } = clientOf(socket);
      if (now() > notAfter) return outdated();
      return fits ? undefined : nameUnknown();
    },
  };
}

function strangerOf(socket: TLSSocket, fault = "unknown"): PortcullisError {
  return socket.getPeerX509Certificate() === undefined ? certificateMissing() : certificateUnaccepted(fault);
}

/** Why a certificate that was asked for is not accepted, as OpenSSL names it; Node sets it and never takes it back. */
export function faultOf({ authorizationError }: TLSSocket): string | undefined {
  // A text, and no Error as it is declared.
  const fault: unknown = authorizationError;
  return typeof fault === "string" ? fault : undefined;
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

function outdated(): PortcullisError {
  return new PortcullisError("NOT_READY", {
    message:
      "The certificate of the client must be checked again: it has expired, or other authorities count now.",
    remedy: "Try again, on a new connection.",
  });
}
