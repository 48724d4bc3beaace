import { z } from "zod";
import { apiRequest } from "./api-request.ts";
import { ControlPlaneError } from "./control-plane-error.ts";
import type { ApiServer } from "./identity.ts";

const NODE = "node-1";

/** One Node that kwok plays, large enough for everything. */
const NODE_OBJECT = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: NODE, labels: { "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux" } },
  status: {
    allocatable: { cpu: "32", memory: "256Gi", pods: "110" },
    capacity: { cpu: "32", memory: "256Gi", pods: "110" },
  },
};

export async function createNode(server: ApiServer, token: string): Promise<void> {
  const { status, body } = await apiRequest(server, { path: "/api/v1/nodes", token, body: NODE_OBJECT });
  if (status !== 201) throw new ControlPlaneError(`The Node could not be created: ${status} ${body}`);
}

/** Whether the scheduler puts Pods on it: it is Ready, and its controller has taken the taints of its birth away. */
export async function isNodeSchedulable(server: ApiServer, token: string): Promise<boolean> {
  const { status, body } = await apiRequest(server, { path: `/api/v1/nodes/${NODE}`, token });
  return status === 200 && isSchedulable(body);
}

const NODE_SCHEMA = z.object({
  spec: z.object({ taints: z.array(z.unknown()).default([]) }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

/** The same of a Node's JSON. */
export function isSchedulable(node: string): boolean {
  const { spec, status } = NODE_SCHEMA.parse(JSON.parse(node));
  return (
    spec.taints.length === 0 &&
    status.conditions.some(({ type, status: state }) => type === "Ready" && state === "True")
  );
}
