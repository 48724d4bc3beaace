import { writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate } from "../../certificates/certificate.ts";
import { clusterAccess } from "../../cluster/api/kubeconfig.ts";
import { apiRequests } from "../../cluster/api/request.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";

const authority = await createAuthority("clusters", 1, new Date());
const { cert, key } = await createServerCertificate(
  { dns: ["localhost"], ip: ["127.0.0.1"] },
  1,
  authority,
  new Date(),
);
// As an API server does, it offers HTTP/2, which could take all calls over one connection.
const server = createSecureServer({ cert, key, allowHTTP1: true }, (_, response) => {
  setTimeout(() => response.end("{}"), 50);
});
const connections: TLSSocket[] = [];
server.on("secureConnection", (socket) => connections.push(socket));

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  for (const socket of connections) socket.destroy();
  server.close();
});

async function kubeconfig(): Promise<string> {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const ca = Buffer.from(authority.cert).toString("base64");
  const cluster = { server: `https://localhost:${address.port}`, "certificate-authority-data": ca };
  const file = path.join(await temporaryFolder(), "kubeconfig");
  await writeFile(
    file,
    JSON.stringify({
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return file;
}

test("calls of one client at once each take a connection of their own, for a load balancer to spread", async () => {
  const send = apiRequests(clusterAccess({ kubeconfig: await kubeconfig(), context: undefined }));
  const codes = await Promise.all(
    [1, 2, 3].map(async () => (await send({ method: "GET", path: "/version" })).code),
  );
  expect(codes).toEqual([200, 200, 200]);
  expect(connections).toHaveLength(3);
});
