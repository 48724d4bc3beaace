import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryFolder } from "../policy-folder.ts";
import { startHeldBack, type HeldBack } from "./held-back.ts";

const open: (() => unknown)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Tried {
  readonly way: HeldBack;
  /** What came to whoever is behind it. */
  readonly asked: () => string;
  readonly call: () => Promise<Caller>;
}

interface Caller {
  readonly socket: Socket;
  readonly received: () => string;
}

/** Behind it is somebody who repeats everything. */
async function start(): Promise<Tried> {
  const folder = await temporaryFolder();
  const [path, behind] = [join(folder, "way.sock"), join(folder, "behind.sock")];
  let asked = "";
  const server = createServer((socket) => {
    open.push(() => socket.destroy());
    socket.on("error", () => undefined).on("data", (chunk) => (asked += String(chunk)));
    socket.pipe(socket);
  }).listen(behind);
  await once(server, "listening");
  const way = await startHeldBack(path, behind);
  open.push(() => server.close(), way.close);
  const call = async (): Promise<Caller> => {
    const socket = connect({ path });
    open.push(() => socket.destroy());
    let received = "";
    socket.on("error", () => undefined).on("data", (chunk) => (received += String(chunk)));
    await once(socket, "connect");
    return { socket, received: () => received };
  };
  return { way, asked: () => asked, call };
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await delay(5))
    if (Date.now() > end) throw new Error("waited in vain");
}

/** Long enough for bytes to come that should not. */
const QUIET_MS = 100;

test("what is asked goes on while answers are held, and then all of them come in order", async () => {
  const { way, asked, call } = await start();
  const before = await call();
  before.socket.write("one ");
  await until(() => before.received() === "one ");
  way.hold();
  const meanwhile = await call();
  before.socket.write("two ");
  meanwhile.socket.write("new ");
  await until(() => asked().includes("two ") && asked().includes("new "));
  before.socket.write("three");
  await delay(QUIET_MS);
  expect([before.received(), meanwhile.received()]).toEqual(["one ", ""]);
  way.release();
  await until(() => before.received() === "one two three" && meanwhile.received() === "new ");
});

test("what was not held comes once, however often it is released", async () => {
  const { way, call } = await start();
  const { socket, received } = await call();
  socket.write("one ");
  await until(() => received() === "one ");
  way.release();
  way.hold();
  way.release();
  way.release();
  socket.write("two");
  await until(() => received().endsWith("two"));
  await delay(QUIET_MS);
  expect(received()).toBe("one two");
});

test("who ends a connection while it is held ends it for both", async () => {
  const { way, asked, call } = await start();
  way.hold();
  const { socket, received } = await call();
  socket.write("bye");
  await until(() => asked() === "bye");
  socket.destroy();
  await once(socket, "close");
  way.release();
  const next = await call();
  next.socket.write("again");
  await until(() => next.received() === "again");
  expect(received()).toBe("");
});

test("a way that is closed breaks its connections and takes no more", async () => {
  const { way, call } = await start();
  const { socket } = await call();
  way.close();
  await once(socket, "close");
  await expect(call()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});
