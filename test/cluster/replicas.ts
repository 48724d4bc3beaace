/** Several servers beside a local control plane, behind a Service, as Pods of the Deployment are. */
import { setTimeout as delay } from "node:timers/promises";
import type { Ended } from "../../src/build/opa/run.ts";
import type { ControlPlane } from "./control-plane.ts";
import { startForwarder } from "./forwarder.ts";
import {
  applyWebhooks,
  prepare,
  startServer,
  type Installation,
  type Prepared,
  type ServerToStart,
} from "./installation.ts";
import { endPod, probe } from "./kubelet.ts";
import type { Replica } from "./replica.ts";

/** One of them: what a Pod of the Deployment is. */
export interface ServiceReplica extends Replica {
  /** Whether new connections go to it. */
  isEndpoint(): boolean;
  /** Ends it as a Pod that is deleted: no more new connections after a while, preStop, SIGTERM. Gives how it ended. */
  terminate(): Promise<string>;
  /** Ends it without a warning, which the Service hears of by its probes. */
  kill(): Promise<void>;
}

/** They end with the control plane; the webhooks are installed by `applyWebhooks`. */
export interface Replicas {
  /** Of the Service, on loopback. */
  readonly port: number;
  /** How many connections the Service had so far, open or not. */
  connections(): number;
  /** Resolves when the process is started. New connections go to it once it is ready, which `ready` waits for. */
  start(server?: Pick<ServerToStart, "args" | "environment">): Promise<ServiceReplica>;
  /** Runs `portcullis webhooks --apply` for what the files say now; `args` are added. Any exit code is a result. */
  applyWebhooks(args?: readonly string[]): Promise<Ended>;
}

/** Applies the manifests and opens the Service, which has no endpoints yet. Throws ControlPlaneError. */
export async function prepareReplicas(
  controlPlane: ControlPlane,
  installation: Installation,
): Promise<Replicas> {
  const prepared = await prepare(controlPlane, installation);
  const service = await startForwarder();
  void controlPlane.stopped.then(() => service.close());
  const endpoints = new Set<number>();
  const change = (port: number, isEndpoint: boolean): void => {
    if (isEndpoint) endpoints.add(port);
    else endpoints.delete(port);
    service.forwardTo([...endpoints]);
  };
  let count = 0;
  return {
    port: service.port,
    connections: () => service.connections(),
    start: async (server = {}) => {
      count += 1;
      const name = `portcullis-${count}`;
      const replica = await startServer(prepared, { ...server, name, servicePort: service.port });
      return inService(prepared, replica, { has: (port) => endpoints.has(port), change });
    },
    applyWebhooks: (args = []) => applyWebhooks(prepared, service.port, args),
  };
}

interface Endpoints {
  has(port: number): boolean;
  change(port: number, isEndpoint: boolean): void;
}

/**
 * Until the last node has heard that a Pod is going, so that no new connections come any more, in ms: far longer than in a
 * cluster that is well. It takes both to outlast this, preStop and a drain that still accepts connections.
 */
const LAST_NODE_HEARS_MS = 12_000;

/** Follows what its probes say from now on. */
function inService({ deployed }: Prepared, replica: Replica, endpoints: Endpoints): ServiceReplica {
  const { admissionPort: port } = replica;
  let isTerminating = false;
  const first = Promise.withResolvers<void>();
  const leave = (): void => endpoints.change(port, false);
  void probe(replica, deployed, (isReady) => {
    // A node that has not heard of its end has not heard of this either.
    if (!isTerminating) endpoints.change(port, isReady);
    if (isReady) first.resolve();
  });
  return {
    ...replica,
    isEndpoint: () => endpoints.has(port),
    ready: async () => {
      await replica.ready();
      // A replica that ends right now is found by whoever calls it.
      await Promise.race([first.promise, replica.ended]);
    },
    terminate: async () => {
      isTerminating = true;
      const left = delay(LAST_NODE_HEARS_MS).then(leave);
      const [end] = await Promise.all([endPod(replica, deployed), left]);
      return end;
    },
    kill: async () => {
      replica.signal("SIGKILL");
      await replica.ended;
    },
  };
}
