import type { Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** The event from which on HTTP is spoken on a connection: with TLS, the end of the handshake. */
export type HttpStart = "connection" | "secureConnection";

/**
 * The open connections of one server. Node's own list has only those with a request (or that had one): neither a TCP
 * connection whose TLS handshake is not done nor one that was opened ahead and never used.
 */
export interface Connections {
  /** Whether the connection came so far that an HTTP answer can be written to it. */
  readonly speakHttp: (socket: Duplex) => boolean;
  /** Whether not one byte came from the peer; after the TLS handshake, not one of a request. */
  readonly silent: (socket: Duplex) => boolean;
  /** Breaks those on which no request has begun. */
  readonly destroyUnused: () => void;
  readonly destroyAll: () => void;
}

/** Keeps the connections of a server from now on; each is forgotten when it closes. */
export function trackConnections(server: Server, httpStart: HttpStart): Connections {
  const tcp = new Map<string, Socket>();
  const http = new Map<string, Socket>();
  keep(server, "connection", tcp);
  keep(server, httpStart, http);
  return {
    speakHttp: (socket) => isSocket(socket) && http.get(peerOf(socket)) === socket,
    // Before the handshake ends, the TLS socket has read nothing: what came shows on the TCP socket beneath it.
    silent: (socket) => {
      if (!isSocket(socket)) return false;
      const peer = peerOf(socket);
      return (http.get(peer) ?? tcp.get(peer))?.bytesRead === 0;
    },
    // A TLS socket ends with the TCP socket beneath it.
    destroyUnused: () => {
      for (const [peer, socket] of tcp) if ((http.get(peer)?.bytesRead ?? 0) === 0) socket.destroy();
    },
    destroyAll: () => {
      for (const socket of tcp.values()) socket.destroy();
    },
  };
}

/** Keeps each socket of an event under its peer until it closes. */
function keep(server: Server, event: HttpStart, sockets: Map<string, Socket>): void {
  server.on(event, (socket: Socket) => {
    const peer = peerOf(socket);
    sockets.set(peer, socket);
    // The peer may have come again from the same port before the end of this one is told.
    socket.once("close", () => {
      if (sockets.get(peer) === socket) sockets.delete(peer);
    });
  });
}

/** Unique among the open connections of a server, and the same for a TLS socket and the TCP socket beneath it. */
export function peerOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress ?? ""} ${remoteAddress ?? ""} ${remotePort ?? ""}`;
}

function isSocket(stream: Duplex): stream is Socket {
  return stream instanceof Socket;
}
