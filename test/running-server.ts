import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { request as httpRequest } from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";

/** A server of its own process, as users start it. */
export interface RunningServer {
  readonly admissionPort: number;
  readonly metricsPort: number;
  /** What it wrote to standard output so far: the log. */
  readonly log: readonly string[];
  /** The certificate authority that a client of the admission port trusts. */
  readonly ca: Buffer;
  /** The exit code, once it has ended; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Posts a body to a path of the admission port. */
  post(
    urlPath: string,
    body: string | Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>;
  /** The same on a connection of its own, which the client would keep. */
  postAlone(urlPath: string, body: string | Uint8Array): Promise<HttpAnswer>;
  /** Gets a page of the metrics port. */
  get(urlPath: string): Promise<HttpAnswer>;
  signal(name: NodeJS.Signals): void;
  /** Ends it with SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const JSON_HEADERS = { "content-type": "application/json" };

export const NODE_ARGUMENTS = ["--disable-warning=ExperimentalWarning", "src/main.ts"];

/** Starts `portcullis serve` on free ports; `certificates` is a folder with ca.crt, tls.crt and tls.key. */
export async function startServer(certificates: string, args: readonly string[]): Promise<RunningServer> {
  const file = (name: string): string => path.join(certificates, name);
  const child = spawn(
    process.execPath,
    [
      ...NODE_ARGUMENTS,
      "serve",
      "--port",
      "0",
      "--metrics-port",
      "0",
      "--cert",
      file("tls.crt"),
      "--key",
      file("tls.key"),
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const log: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => log.push(line));
  const [admissionPort, metricsPort] = await portsOf(child);
  const ended = exitOf(child);
  const ca = await readFile(file("ca.crt"));
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca });
  const postBy = (by: Agent, urlPath: string, headers: Readonly<Record<string, string>>) =>
    request({ port: admissionPort, host: "localhost", path: urlPath, method: "POST", headers, agent: by });
  return {
    admissionPort,
    metricsPort,
    log,
    ca,
    ended,
    post: (urlPath, body, headers = JSON_HEADERS) => answerOf(postBy(agent, urlPath, headers), body),
    postAlone: async (urlPath, body) => {
      const own = new Agent({ keepAlive: true, ca });
      return answerOf(postBy(own, urlPath, JSON_HEADERS), body).finally(() => own.destroy());
    },
    signal: (name) => void child.kill(name),
    get: (urlPath) => answerOf(httpRequest({ port: metricsPort, host: "localhost", path: urlPath }), ""),
    stop: async () => {
      agent.destroy();
      if (child.exitCode === null) child.kill("SIGTERM");
      return ended;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** Waits for the lines that tell the ports; fails with what the process said if it ends before. */
function portsOf(child: ChildProcess): Promise<readonly [number, number]> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const admission = /https:\/\/localhost:(\d+)\/mutate, \/validate/.exec(text)?.[1];
      const metrics = /http:\/\/localhost:(\d+)\/metrics/.exec(text)?.[1];
      if (admission !== undefined && metrics !== undefined) resolve([Number(admission), Number(metrics)]);
    });
    // After "exit" it may still be read what it said.
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

function answerOf(sent: ReturnType<typeof request>, body: string | Uint8Array): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.end(body);
  });
}
