import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PortcullisError } from "../../error.ts";
import { whileRunning, type Progress } from "../progress.ts";
import type { Obtained } from "./obtained.ts";
import { OPA_VERSION, opaFileName, releaseAsset, type Machine } from "./release.ts";

interface Download {
  readonly machine: Machine;
  /** What comes before `/v1.22.0/<asset>`. */
  readonly baseUrl: string;
  /** The folder that gets the program. */
  readonly folder: string;
  readonly progress: Progress;
}

// 70 MB in ten minutes is 1 Mbit/s; whatever is slower is taken for a stalled connection.
const TIMEOUT_MILLISECONDS = 10 * 60 * 1000;

/** Downloads the released program and compares it with the published checksum. Throws OPA_CHECKSUM if they differ. */
export async function download({ machine, baseUrl, folder, progress }: Download): Promise<Obtained> {
  const asset = releaseAsset(machine);
  if (asset === undefined) {
    return { failure: `there is no released program for ${machine.platform} on ${machine.arch}` };
  }
  const url = `${baseUrl.replace(/\/+$/, "")}/v${OPA_VERSION}/${asset}`;
  const file = join(folder, opaFileName(machine.platform));
  progress(`Downloading OPA from ${url}.`);
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  try {
    const published = await publishedChecksum(`${url}.sha256`, signal);
    const received = await fetchTo(file, url, signal, progress);
    if (received !== published) throw wrongChecksum(url, published, received);
  } catch (error) {
    if (error instanceof PortcullisError) throw error;
    return { failure: `${url} could not be downloaded: ${reason(error)}` };
  }
  return { file };
}

async function publishedChecksum(url: string, signal: AbortSignal): Promise<string> {
  const text = await (await get(url, signal)).text();
  const checksum = /^[0-9a-f]{64}\b/i.exec(text.trim())?.[0];
  if (checksum === undefined) throw new Error(`${url} holds no SHA-256 checksum`);
  return checksum.toLowerCase();
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${url}`);
  return response;
}

/** Writes the body to a file and gives its SHA-256. A body that is cut short rejects. */
async function fetchTo(file: string, url: string, signal: AbortSignal, progress: Progress): Promise<string> {
  const { body, headers } = await get(url, signal);
  if (body === null) throw new Error(`the server sent nothing for ${url}`);
  const length = headers.get("content-length");
  const whole = length === null ? "" : ` of ${megabytes(Number(length))}`;
  const hash = createHash("sha256");
  let received = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      received += chunk.length;
      yield chunk;
    }
  }
  await whileRunning(
    progress,
    () => `Downloaded ${megabytes(received)}${whole}.`,
    () => pipeline(Readable.fromWeb(body), counted, createWriteStream(file, { mode: 0o755 })),
  );
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** `fetch` says only "fetch failed"; what failed is in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function wrongChecksum(url: string, published: string, received: string): PortcullisError {
  return new PortcullisError("OPA_CHECKSUM", {
    message: `${url} has the SHA-256 ${received}, but ${published} is published for it. It was thrown away.`,
    remedy:
      "Try again; if it stays so, do not use that source: set OPA= to a program that you trust, or install Go so that OPA is built.",
    position: { file: url },
  });
}
