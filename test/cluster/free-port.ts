import { once } from "node:events";
import { createServer } from "node:net";
import { ControlPlaneError } from "./control-plane-error.ts";

/** A port that was free on this address a moment ago; whoever uses it must be ready to choose again. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string")
    throw new ControlPlaneError(`${host} has no free port.`);
  return address.port;
}
