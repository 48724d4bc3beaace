import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { ControlPlaneError } from "./control-plane-error.ts";
import { HOST } from "./flags.ts";

/** A port on loopback that plays a Service: each new connection goes to one of its endpoints, in turn. */
export interface Forwarder {
  readonly port: number;
  /** The ports, on loopback, that new connections go to from now on. What is open stays, as with kube-proxy. */
  forwardTo(ports: readonly number[]): void;
  /** How many connections there were so far, open or not. */
  connections(): number;
  /** How many are open now. */
  openConnections(): number;
  /** For each that an endpoint ended or reset before its client did: how long the client had sent nothing, in ms. */
  endedByEndpoints(): readonly number[];
  /** Breaks every connection and takes no more. */
  close(): void;
}

/** Keeps no program alive. Without endpoints every connection is reset. */
export async function startForwarder(): Promise<Forwarder> {
  let endpoints: readonly number[] = [];
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    return socket.unref();
  };
  let count = 0;
  let closed = 0;
  const endedByEndpoints: number[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    count += 1;
    const port = endpoints[count % endpoints.length];
    keep(client).once("close", () => (closed += 1));
    if (port === undefined) {
      client.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const endpoint = keep(connect({ host: HOST, port, allowHalfOpen: true, noDelay: true }));
    let heard = performance.now();
    client.on("data", () => (heard = performance.now()));
    const ended = (): void => {
      if (!client.readableEnded && !client.destroyed) endedByEndpoints.push(performance.now() - heard);
    };
    endpoint.once("end", ended).once("error", () => {
      if (!endpoint.readableEnded) ended();
    });
    join(client, endpoint);
  });
  server.listen(0, HOST).unref();
  await once(server, "listening");
  return {
    port: portOf(server),
    forwardTo: (ports) => {
      endpoints = ports;
    },
    connections: () => count,
    openConnections: () => count - closed,
    endedByEndpoints: () => [...endedByEndpoints],
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new ControlPlaneError(`${HOST} has no free port.`);
  return address.port;
}

/** Bytes, ends and resets of each reach the other, as if there were nothing between them. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.once("error", () => to.resetAndDestroy());
    from.once("close", () => to.destroySoon());
  }
}
