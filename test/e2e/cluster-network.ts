/** The network between an API server and the Pods of a cluster, played by the proxy that the API server is told to use. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import path from "node:path";
import { HOST } from "../cluster/flags.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { fileOf } from "./cluster.ts";

export interface ClusterNetwork {
  /** For the API server that is in it. */
  readonly apiServerFlags: readonly string[];
  /** New connections to a port of any address, such as that of a Service, go to one on loopback from now on. */
  lead(port: number, to: number): void;
  /** Breaks every connection and takes no more. */
  close(): void;
}

/** Keeps no program alive. Where a port leads nowhere, nobody is reached. */
export async function startClusterNetwork(): Promise<ClusterNetwork> {
  const udsName = path.join(await temporaryFolder(), "network.sock");
  const ports = new Map<number, number>();
  const open = new Set<Duplex>();
  const server = createServer();
  server.on("connect", ({ url = "" }, client: Duplex) => {
    open.add(client);
    client.once("close", () => open.delete(client));
    const to = ports.get(Number(url.slice(url.lastIndexOf(":") + 1)));
    if (to === undefined) client.on("error", () => undefined).end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    else join(client, to);
  });
  server.listen(udsName).unref();
  await once(server, "listening");
  return {
    apiServerFlags: [`--egress-selector-config-file=${await fileOf("egress.json", egress(udsName))}`],
    lead: (port, to) => ports.set(port, to),
    close: () => {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}

/** What the cluster runs is reached through the proxy (kubernetes.io, "Set up Konnectivity service"). */
function egress(udsName: string): object {
  const connection = { proxyProtocol: "HTTPConnect", transport: { uds: { udsName } } };
  return {
    apiVersion: "apiserver.k8s.io/v1beta1",
    kind: "EgressSelectorConfiguration",
    egressSelections: [{ name: "cluster", connection }],
  };
}

function join(client: Duplex, port: number): void {
  const socket = connect({ host: HOST, port, noDelay: true }).unref();
  socket.once("connect", () => {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    client.pipe(socket).pipe(client);
  });
  socket.once("error", () => client.destroy());
  client.once("error", () => socket.destroy());
  client.once("close", () => socket.destroy());
}
