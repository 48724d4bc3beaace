import { once } from "node:events";
import type { RequestListener, Server, ServerResponse } from "node:http";
import { setImmediate as pendingReads } from "node:timers/promises";
import type { Connections } from "./connections.ts";
import { answerFailure, type Rejected } from "./failures.ts";
import { serverEnds } from "./not-ready.ts";

/** How a server parts with its clients: it serves, then drains, then ends; never back. */
export interface Departure {
  /** The responses that are not finished. */
  readonly open: ReadonlySet<ServerResponse>;
  /** The app, as far as the server still answers. */
  readonly answer: RequestListener;
  /**
   * Keeps answering, but lets go of every connection with its next answer. One that is idle stays until then, or until
   * the end: closed now, it could meet the request that the API server sends on it at this moment, and the API server
   * does not repeat a POST whose connection ends. (So it was: with 50 writes a second up to five failed at a restart.)
   */
  readonly drain: () => void;
  /** Takes no more connections; settles when the open requests have their answers or `patience` ms are over. Once. */
  readonly end: (patience: number) => Promise<void>;
}

/** One for each server; lives as long as it does. */
export function departure(
  server: Server,
  connections: Connections,
  { app, rejected }: { readonly app: RequestListener; readonly rejected: Rejected },
): Departure {
  let phase: "serving" | "draining" | "ending" = "serving";
  let ended = Promise.resolve();
  const open = new Set<ServerResponse>();
  const leave = (next: "draining" | "ending"): void => {
    phase = next;
    // What already has its head keeps its connection for another request, which is then told.
    for (const response of open) closeAfter(response);
  };
  return {
    open,
    answer: (request, response) => {
      open.add(response);
      response.once("close", () => open.delete(response));
      if (phase !== "serving") closeAfter(response);
      if (phase === "ending") answerFailure(response, serverEnds(), rejected);
      else app(request, response);
    },
    drain: () => {
      if (phase === "serving") leave("draining");
    },
    end: (patience) => {
      if (phase !== "ending") {
        leave("ending");
        ended = endServer(server, connections, patience);
      }
      return ended;
    },
  };
}

async function endServer(server: Server, connections: Connections, patience: number): Promise<void> {
  // A request that has arrived but was not read yet makes its connection a busy one.
  await pendingReads();
  const closed = once(server, "close");
  server.close();
  connections.destroyUnused();
  const deadline = setTimeout(connections.destroyAll, patience);
  await closed;
  clearTimeout(deadline);
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
