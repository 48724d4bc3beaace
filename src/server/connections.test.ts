import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { expect, test } from "@jest/globals";
import { checkClients } from "./client-check.ts";
import { trackConnections } from "./connections.ts";

test("a peer that comes again before its end is told is known by its new connection", async () => {
  const server = createServer();
  const { refusal } = checkClients(server, { names: [], now: Date.now }, 1_000);
  const connections = trackConnections(server, "connection");
  // Neither has a peer, so they have the same.
  const [before, again] = [new Socket(), new Socket()];
  server.emit("connection", before);
  server.emit("connection", again);
  before.destroy();
  await once(before, "close");
  expect(refusal(new IncomingMessage(new TLSSocket(again)))).toMatchObject({ code: "CLIENT_FORBIDDEN" });
  expect(connections.speakHttp(again)).toBe(true);
});
