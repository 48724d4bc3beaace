/**
 * The load generator, a process of its own: reads a LoadPlan (JSON) from its first argument, posts over TLS on keep-alive
 * connections and prints a LoadResult. Requests are bytes made once and written to raw sockets, because an HTTP client would
 * cost as much as the servers that are measured.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { connect, type TLSSocket } from "node:tls";
import { loadPlan, type LoadResult } from "./load.ts";
import { responseReader, type ReadAnswer } from "./response-reader.ts";

const plan = loadPlan.parse(JSON.parse(process.argv[2] ?? ""));
const url = new URL(plan.url);
const body = readFileSync(plan.body);
const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
const request = Buffer.concat([Buffer.from(head), body]);
const ca = readFileSync(plan.ca);

const counts: Record<ReadAnswer["kind"], number> = { allowed: 0, denied: 0, failed: 0 };
const latencies: number[] = [];
/** When requests were due that wait for a free connection; only in paced plans. */
const waiting: number[] = [];
const idle: Connection[] = [];
const connections = new Set<Connection>();
let sent = 0;
/** When the first request left; undefined until every connection is open. */
let begin: number | undefined;
/** What the process had used by then. */
let usedBefore = process.cpuUsage();

interface Connection {
  readonly socket: TLSSocket;
  /** When the request that it carries was due; undefined between requests. */
  due: number | undefined;
}

function send(connection: Connection, due: number): void {
  connection.due = due;
  sent += 1;
  connection.socket.write(request);
}

/** Counts the request that the connection carries. */
function count(connection: Connection, kind: ReadAnswer["kind"]): void {
  if (connection.due === undefined) return;
  counts[kind] += 1;
  latencies.push(performance.now() - connection.due);
  connection.due = undefined;
  if (counts.allowed + counts.denied + counts.failed >= (plan.requests ?? Number.POSITIVE_INFINITY)) finish();
}

/** In a closed loop the next request leaves at once; in a paced plan when it is due. */
function next(connection: Connection): void {
  if (sent >= (plan.requests ?? Number.POSITIVE_INFINITY)) return;
  const due = plan.perSecond === undefined ? performance.now() : waiting.shift();
  if (due === undefined) idle.push(connection);
  else send(connection, due);
}

/** A connection that breaks under a request is a failed request. */
function openConnection(ready: (connection: Connection) => void): void {
  const socket = connect({ host: "127.0.0.1", servername: "localhost", port: Number(url.port), ca });
  const connection: Connection = { socket, due: undefined };
  connections.add(connection);
  socket.setNoDelay(true);
  const read = responseReader(({ kind, keepAlive }) => {
    count(connection, kind);
    if (keepAlive) next(connection);
    else socket.destroy();
  });
  let opened = false;
  socket.on("data", read);
  socket.once("secureConnect", () => {
    opened = true;
    ready(connection);
  });
  socket.on("error", (error) => {
    if (!opened) throw error;
  });
  socket.once("close", () => closed(connection));
}

/** A closed loop keeps its number of connections; a paced plan opens another one when it needs it. */
function closed(connection: Connection): void {
  connections.delete(connection);
  const place = idle.indexOf(connection);
  if (place !== -1) idle.splice(place, 1);
  count(connection, "failed");
  if (plan.perSecond === undefined || waiting.length > connections.size) openConnection(next);
}

function release(due: number): void {
  // The one that was used last: the others may be closed by the server for idleness, as an API server's are.
  const connection = idle.pop();
  if (connection !== undefined) return send(connection, due);
  waiting.push(due);
  if (connections.size < plan.connections) openConnection(next);
}

function pace(perSecond: number, from: number): void {
  let released = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - from) / 1_000) * perSecond);
    for (; released < due; released += 1) release(from + ((released + 1) / perSecond) * 1_000);
  }, 1);
}

function connected(connection: Connection): void {
  idle.push(connection);
  if (idle.length < plan.connections || begin !== undefined) return;
  begin = performance.now();
  usedBefore = process.cpuUsage();
  if (plan.seconds !== undefined) setTimeout(finish, plan.seconds * 1_000);
  if (plan.perSecond === undefined) for (const each of idle.splice(0)) send(each, begin);
  else pace(plan.perSecond, begin);
}

/** Requests without an answer at the end of a paced plan count with the time that they have waited: none is left out. */
function finish(): void {
  const now = performance.now();
  const seconds = (now - (begin ?? now)) / 1_000;
  const dueTimes = [...[...connections].flatMap(({ due }) => (due === undefined ? [] : [due])), ...waiting];
  const unanswered = plan.perSecond === undefined ? [] : dueTimes.map((due) => now - due);
  const sorted = Float64Array.from([...latencies, ...unanswered]).toSorted();
  const percentile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const { user, system } = process.cpuUsage(usedBefore);
  const result: LoadResult = {
    ...counts,
    unanswered: unanswered.length,
    seconds,
    perSecond: latencies.length / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    worst: sorted.at(-1) ?? Number.NaN,
    ownProcessor: (user + system) / 1e6 / seconds,
  };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

for (let each = 0; each < plan.connections; each += 1) openConnection(connected);
