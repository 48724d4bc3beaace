import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { startForwarder } from "./forwarder.ts";

const servers: Server[] = [];
/** What the endpoints have, and what the test has. */
const sockets: Record<"accepted" | "opened", Socket[]> = { accepted: [], opened: [] };

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const list of Object.values(sockets)) for (const socket of list.splice(0)) socket.destroy();
});

/** A server that says its name to everybody, repeats what it gets, and ends when the client does. Gives its port. */
async function endpoint(name: string): Promise<number> {
  const server = createServer((socket) => {
    sockets.accepted.push(socket);
    socket.on("error", () => undefined).write(name);
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  return address.port;
}

/** A connection, and the first that it received. */
async function called(port: number): Promise<{ readonly socket: Socket; readonly said: string }> {
  const socket = connect({ port, host: "127.0.0.1" });
  sockets.opened.push(socket);
  const said: readonly unknown[] = await once(socket, "data");
  return { socket, said: String(said[0]) };
}

test("new connections go to the endpoints in turn, and those that are open stay where they are", async () => {
  const forwarder = await startForwarder();
  const [one, two] = [await endpoint("one"), await endpoint("two")];
  forwarder.forwardTo([one, two]);
  const before = [await called(forwarder.port), await called(forwarder.port), await called(forwarder.port)];
  expect(before.map(({ said }) => said).toSorted()).toEqual(expect.arrayContaining(["one", "two"]));
  forwarder.forwardTo([two]);
  expect((await called(forwarder.port)).said).toBe("two");
  expect((await called(forwarder.port)).said).toBe("two");
  for (const { socket } of before) {
    const answer = once(socket, "data");
    socket.write("again");
    expect(String((await answer)[0])).toBe("again");
  }
});

test("a connection ends when its endpoint ends it, after all that was sent", async () => {
  const forwarder = await startForwarder();
  forwarder.forwardTo([await endpoint("one")]);
  const { socket } = await called(forwarder.port);
  let received = "";
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.end("x".repeat(1_000_000));
  await once(socket, "close");
  expect(received).toHaveLength(1_000_000);
});

test.each([
  ["no endpoint", async () => []],
  ["an endpoint that is gone", async () => [await freePort("127.0.0.1")]],
])("with %s a connection is reset", async (_name, ports) => {
  const forwarder = await startForwarder();
  forwarder.forwardTo(await ports());
  await expect(called(forwarder.port)).rejects.toThrow("ECONNRESET");
});

test("a connection that its endpoint resets is reset", async () => {
  const forwarder = await startForwarder();
  forwarder.forwardTo([await endpoint("one")]);
  const { socket } = await called(forwarder.port);
  const error = once(socket, "error");
  for (const each of sockets.accepted) each.resetAndDestroy();
  expect(String(await error)).toContain("ECONNRESET");
});

test("tells how many connections are open, and of each that an endpoint ended before its client did", async () => {
  const forwarder = await startForwarder();
  forwarder.forwardTo([await endpoint("one")]);
  const calls = [await called(forwarder.port), await called(forwarder.port), await called(forwarder.port)];
  const ended = calls.map(({ socket }) => new Promise((resolve) => socket.once("close", resolve)));
  for (const { socket } of calls.slice(2)) socket.resume().end();
  await ended[2];
  while (forwarder.openConnections() > 2) await setImmediate();
  expect(forwarder.endedByEndpoints()).toEqual([]);
  for (const { socket } of calls) socket.on("error", () => undefined).resume();
  for (const each of sockets.accepted.slice(0, 1)) each.end();
  for (const each of sockets.accepted.slice(1, 2)) each.resetAndDestroy();
  await Promise.all(ended);
  expect(forwarder.endedByEndpoints()).toEqual([expect.any(Number), expect.any(Number)]);
  expect(forwarder.connections()).toBe(3);
  while (forwarder.openConnections() > 0) await setImmediate();
});
