import { expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer } from "node:net";
import { ControlPlaneError } from "./control-plane-error.ts";
import { firstFree, freePort, portsOf } from "./free-port.ts";

const HOST = "127.0.0.1";
/** Of Linux; that of macOS is above it. */
const FIRST_OF_THE_SYSTEM = 32_768;

test("no port is given twice, and the system gives none of them", async () => {
  const ports: number[] = [];
  for (let count = 0; count < 20; count += 1) ports.push(await freePort(HOST));
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(FIRST_OF_THE_SYSTEM);
});

test("workers have ports of their own, each once", () => {
  const ports = Array.from({ length: 16 }, (_, worker) => [...portsOf(worker)]).flat();
  expect(new Set(ports).size).toBe(ports.length);
  expect([Math.min(...ports), Math.max(...ports)]).toEqual([16_384, FIRST_OF_THE_SYSTEM - 1]);
});

test("a port that is taken is skipped, until there are no more", async () => {
  const server = createServer().listen(await freePort(HOST), HOST);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  const free = await freePort(HOST);
  expect(await firstFree([address.port, free].values(), HOST)).toBe(free);
  await expect(firstFree([address.port].values(), HOST)).rejects.toThrow(ControlPlaneError);
  server.close();
});

test("an address that this machine does not have is no matter of ports", async () => {
  // Of the network for documentation (RFC 5737).
  await expect(freePort("192.0.2.1")).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});
