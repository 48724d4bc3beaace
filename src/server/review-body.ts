import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { PortcullisError } from "../error.ts";
import type { BodyMemory } from "./body-memory.ts";

/**
 * An AdmissionReview holds at most two objects (the new and the old one), each at most 3 MiB as the API server limits
 * request bodies; the rest is assumed to be below 1 MiB. controller-runtime derives the same 7 MiB
 * (pkg/webhook/admission/http.go).
 */
const MAX_BODY_BYTES = 7 * 1024 * 1024;

/** The first room for a body of several pieces; most reviews are smaller. */
const FIRST_ROOM = 64 * 1024;

const JSON_MEDIA_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** A body in memory, until it is released. */
export interface ReviewBody {
  readonly bytes: Uint8Array;
  /** Gives its memory back; to be called once. */
  readonly release: () => void;
}

/**
 * Reads the body of an admission call. Rejects with REVIEW_MEDIA_TYPE, REVIEW_TOO_LARGE, OVERLOADED (no memory left) or
 * REQUEST_ABORTED; a body may then still be arriving. No body is one without bytes.
 */
export function readReviewBody(request: IncomingMessage, memory: BodyMemory): Promise<ReviewBody> {
  const refusal = refusalOf(request.headers);
  if (refusal !== undefined) return Promise.reject(refusal);
  return new Promise((resolve, reject) => {
    const body = collectBody(memory);
    const stop = (): void => {
      request.off("data", onData).off("end", onEnd).off("close", onClose);
    };
    const fail = (error: PortcullisError): void => {
      stop();
      body.release();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      const error = body.add(chunk);
      if (error !== undefined) fail(error);
    };
    const onEnd = (): void => {
      stop();
      resolve({ bytes: body.bytes(), release: body.release });
    };
    const onClose = (): void => fail(aborted());
    request.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}

/** What is wrong before the first byte of the body. */
function refusalOf(headers: IncomingHttpHeaders): PortcullisError | undefined {
  const type = headers["content-type"] ?? "";
  if (!JSON_MEDIA_TYPE.test(type)) return mediaType(`its Content-Type is ${type === "" ? "missing" : type}`);
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") return mediaType("it has a Content-Encoding");
  return Number(headers["content-length"] ?? 0) > MAX_BODY_BYTES ? tooLarge() : undefined;
}

/**
 * A body in one piece, the usual case, is not copied. For others the room is doubled as bytes come: it never depends on
 * a length that was only promised, and a body sent byte by byte takes no more memory than another.
 */
function collectBody(memory: BodyMemory) {
  let room: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    bytes: () => room.subarray(0, length),
    release: () => memory.release(room.length),
    add: (chunk: Buffer): PortcullisError | undefined => {
      const needed = length + chunk.length;
      if (needed > MAX_BODY_BYTES) return tooLarge();
      if (needed > room.length) {
        const wanted = length === 0 ? chunk.length : roomFor(needed);
        if (!memory.take(wanted - room.length)) return outOfMemory(memory);
        room = length === 0 ? chunk : copyInto(Buffer.allocUnsafeSlow(wanted), room, 0);
      }
      if (length > 0) copyInto(room, chunk, length);
      length = needed;
      return undefined;
    },
  };
}

function roomFor(bytes: number): number {
  return Math.min(Math.max(2 * bytes, FIRST_ROOM), MAX_BODY_BYTES);
}

function copyInto(room: Buffer, bytes: Buffer, at: number): Buffer {
  bytes.copy(room, at);
  return room;
}

function tooLarge(): PortcullisError {
  return new PortcullisError("REVIEW_TOO_LARGE", {
    message: `The body is larger than ${MAX_BODY_BYTES} bytes.`,
    remedy: "Send one AdmissionReview: the API server's own limits keep it below that.",
  });
}

function aborted(): PortcullisError {
  return new PortcullisError("REQUEST_ABORTED", {
    message: "The connection ended before the body did.",
    remedy: "Look for a timeout of the client, or a proxy between it and Portcullis.",
  });
}

function outOfMemory({ limit }: BodyMemory): PortcullisError {
  return new PortcullisError("OVERLOADED", {
    message: `The bodies of open requests take ${limit / 2 ** 20} MiB, which is all that they may.`,
    remedy: "Try again in a second; run more replicas if it happens often.",
  });
}

function mediaType(why: string): PortcullisError {
  return new PortcullisError("REVIEW_MEDIA_TYPE", {
    message: `The body is not declared as uncompressed JSON: ${why}.`,
    remedy: "Send `Content-Type: application/json` and no `Content-Encoding`.",
  });
}
