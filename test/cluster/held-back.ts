import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A socket that leads to another one. What comes back from there can be held for a while; nothing of it is lost. */
export interface HeldBack {
  readonly hold: () => void;
  /** All that was held comes at once. */
  readonly release: () => void;
  /** Breaks every connection and takes no more. */
  readonly close: () => void;
}

/** `path` and `behind` are sockets in the file system. Keeps no program alive. */
export async function startHeldBack(path: string, behind: string): Promise<HeldBack> {
  let isHeld = false;
  const open = new Map<Socket, Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const answers = connect({ path: behind, allowHalfOpen: true });
    open.set(answers, client);
    client.pipe(answers);
    if (!isHeld) answers.pipe(client);
    for (const [one, other] of [
      [client, answers],
      [answers, client],
    ] as const) {
      one.unref().on("error", () => other.destroy());
      one.once("close", () => {
        open.delete(answers);
        other.destroySoon();
      });
    }
  });
  server.listen(path).unref();
  await once(server, "listening");
  return {
    hold: () => {
      isHeld = true;
      for (const [answers, client] of open) answers.unpipe(client);
    },
    release: () => {
      // Piped twice, every byte would come twice.
      if (!isHeld) return;
      isHeld = false;
      for (const [answers, client] of open) answers.pipe(client);
    },
    close: () => {
      server.close();
      for (const pair of open) for (const socket of pair) socket.destroy();
    },
  };
}
