/** The entry of a worker thread: loads a program, tries it, and then decides one call after the other. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import { createRecords } from "../telemetry/decision-record.ts";
import { steadyNow } from "./clock.ts";
import { currentCall } from "./current-call.ts";
import { errorFields, type CallMessage, type WorkerData, type WorkerMessage } from "./message.ts";
import { loadSurroundings } from "./program.ts";
import { RunningMark } from "./running-mark.ts";
import { superviseEngine, type Supervision } from "./supervised-engine.ts";
import { warmUp } from "./warm-up.ts";

const UNSUPERVISED: Supervision = {
  failed: new Map(),
  suspects: new Set(),
  expired: () => false,
  exceeded: () => undefined,
};

function serve(port: MessagePort, { program, running, warmUp: calls }: WorkerData): void {
  const send = (message: WorkerMessage): void => port.postMessage(message);
  let supervision = UNSUPERVISED;
  try {
    const { snapshot, engine: bare } = loadSurroundings(program);
    const entrypoints = [...bare.entrypoints];
    const mark = new RunningMark(running, entrypoints);
    const engine = superviseEngine(bare, mark, () => supervision);
    const surroundings = { snapshot, engine };
    const recordOf = createRecords();
    const notes = warmUp(surroundings, currentCall, calls);
    port.on("message", (call: CallMessage) => {
      const exceeded: string[] = [];
      const { failed, suspects, deadline } = call;
      const expired = (): boolean => steadyNow() >= deadline;
      supervision = { failed, suspects, expired, exceeded: (entrypoint) => exceeded.push(entrypoint) };
      mark.call(call.id);
      send(decide(call, surroundings, { recordOf, exceeded }));
      mark.call(0);
    });
    send({ kind: "ready", entrypoints, notes });
  } catch (error) {
    send({ kind: "unusable", error: errorFields(error) });
  }
}

function decide(
  { id, webhook, body }: CallMessage,
  surroundings: Surroundings,
  {
    recordOf,
    exceeded,
  }: { readonly recordOf: ReturnType<typeof createRecords>; readonly exceeded: readonly string[] },
): WorkerMessage {
  try {
    const given = answer(body, webhook, surroundings, currentCall());
    if (given.kind === "rejected") return { kind: "rejected", id, error: errorFields(given.error) };
    return { kind: "decided", id, body: given.body, record: recordOf(given.decision, webhook), exceeded };
  } catch (error) {
    return { kind: "rejected", id, error: errorFields(error) };
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the pool starts this file
if (parentPort !== null) serve(parentPort, workerData as WorkerData);
