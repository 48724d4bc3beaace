import { expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { portsOf } from "./client.ts";

function server(script: string): ChildProcess {
  return spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] });
}

test("a server's ports are those that it tells", async () => {
  const told = "https://localhost:8443/mutate and http://localhost:9443/metrics";
  expect(await portsOf(server(`echo ${told} >&2`))).toEqual({ admissionPort: 8443, metricsPort: 9443 });
});

test("a server that ends before is told with what it said", async () => {
  await expect(portsOf(server("echo no port >&2; exit 3"))).rejects.toThrow("ended with 3: no port");
});

test("a server that tells no ports is told with what it said", async () => {
  const child = server("echo so far >&2; exec sleep 60");
  await expect(portsOf(child, 1_000)).rejects.toThrow("told no ports within 1 s: so far");
  child.kill("SIGKILL");
});
