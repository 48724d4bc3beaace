import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A TCP connection on which a test writes bytes, not requests. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far. */
  readonly text: () => string;
  /** Settles when something was received that fits. */
  readonly received: (wanted: RegExp) => Promise<string>;
  /** Settles with everything received when the server has closed the connection. */
  readonly closed: () => Promise<string>;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: "localhost" });
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  // A reset is as good an end as any.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return {
    socket,
    text: () => text,
    received: async (wanted) => {
      while (!wanted.test(text)) await new Promise((resolve) => setTimeout(resolve, 2));
      return text;
    },
    closed: async () => {
      // Not `once` of node:events, which rejects at a reset.
      if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
      return text;
    },
  };
}

/** The head of a POST of JSON. `headers` are lines. */
export function postHead(path: string, ...headers: readonly string[]): string {
  return [`POST ${path} HTTP/1.1`, "Host: x", "Content-Type: application/json", ...headers, "", ""].join(
    "\r\n",
  );
}

/** A POST of JSON with its length. */
export function post(path: string, body: string): string {
  return postHead(path, `Content-Length: ${Buffer.byteLength(body)}`) + body;
}
