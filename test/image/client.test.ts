import { expect, test } from "@jest/globals";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { portsOf } from "./client.ts";

function server(script: string): ChildProcessByStdio<null, Readable, Readable> {
  return spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] });
}

test("a server's ports are those that it tells", async () => {
  const told = "https://localhost:8443/mutate and http://localhost:9443/metrics";
  expect(await portsOf(server(`echo ${told} >&2`))).toEqual({ admissionPort: 8443, metricsPort: 9443 });
});

test("a server that ends before is told with what it said", async () => {
  // What it said arrives after its end, as it may on a busy machine.
  const script = "(sleep 0.2; echo no port >&2) & exit 3";
  await expect(portsOf(server(script))).rejects.toThrow("ended with 3: no port");
});

test("a server that tells no ports is told with what it said", async () => {
  const child = server("echo so far >&2; exec sleep 60");
  try {
    await once(child.stderr, "readable");
    await expect(portsOf(child, 10)).rejects.toThrow("told no ports within 0.01 s: so far");
  } finally {
    child.kill("SIGKILL");
  }
});
