/** The entry of a worker thread: loads a program, tries it, and then decides one call after the other. */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import type { Surroundings } from "../admission/admit.ts";
import { answer } from "../admission/answer.ts";
import type { AdmissionRequest } from "../admission/request.ts";
import type { Snapshot } from "../admission/snapshot.ts";
import { createRecords } from "../telemetry/decision-record.ts";
import { numberedPolicies } from "../telemetry/series.ts";
import { steadyNow } from "./clock.ts";
import { currentCall } from "./current-call.ts";
import { errorFields } from "./error-fields.ts";
import { serveJudgements } from "./judgement-worker.ts";
import type { CallAnswer, CallMessage, NamespacesMessage, WorkerData, WorkerMessage } from "./message.ts";
import { changedNamespaces } from "./namespace-changes.ts";
import { loadSurroundings } from "./program.ts";
import { RunningMark } from "./running-mark.ts";
import { superviseEngine, type Supervision } from "./supervised-engine.ts";
import { warmUp } from "./warm-up.ts";

const NOTHING_FAILED: ReadonlyMap<string, number> = new Map();
const NO_SUSPECTS: ReadonlySet<string> = new Set();
const UNSUPERVISED: Supervision = {
  failed: NOTHING_FAILED,
  suspects: NO_SUSPECTS,
  expired: () => false,
  exceeded: () => undefined,
};

/** What is posted to a thread. */
type Posted = CallMessage | NamespacesMessage;

function serve(port: MessagePort, data: WorkerData): void {
  const send = (message: WorkerMessage<CallAnswer>): void => port.postMessage(message);
  try {
    const { take, ready } = load(data);
    port.on("message", (message: Posted) => {
      const first = take(message);
      const next = waitingMessage(port);
      // An answer never waits for a call that may take long.
      const isTogether = next !== undefined && !("suspects" in next);
      const answers = isTogether ? [...first, ...take(next)] : first;
      if (answers.length > 0) send({ kind: "answered", answers });
      if (next !== undefined && !isTogether) send({ kind: "answered", answers: take(next) });
    });
    send(ready);
  } catch (error) {
    send({ kind: "unusable", error: errorFields(error) });
  }
}

/** Loads and tries the program; `take` answers a call, or takes over namespaces, which has no answer. */
function load({ program, running, print, warmUp: calls }: WorkerData): {
  readonly take: (message: Posted) => readonly CallAnswer[];
  readonly ready: WorkerMessage<CallAnswer>;
} {
  let supervision = UNSUPERVISED;
  const { snapshot, engine: bare } = loadSurroundings(program);
  const entrypoints = [...bare.entrypoints];
  const mark = new RunningMark(running, entrypoints);
  const engine = superviseEngine(bare, mark, () => supervision);
  let surroundings = { snapshot, engine };
  const policies = numberedPolicies(snapshot);
  const recordOf = createRecords(policies);
  const notes = warmUp(surroundings, currentCall, calls);
  const answerTo = (call: CallMessage): CallAnswer => {
    const exceeded: string[] = [];
    const { failed = NOTHING_FAILED, suspects = NO_SUSPECTS, deadline } = call;
    const expired = (): boolean => steadyNow() >= deadline;
    supervision = { failed, suspects, expired, exceeded: (entrypoint) => exceeded.push(entrypoint) };
    mark.call(call.id);
    const given = decide(call, surroundings, { recordOf, exceeded, print });
    mark.call(0);
    return given;
  };
  const learn = ({ namespaces: changes }: NamespacesMessage): void => {
    const namespaces = changedNamespaces(surroundings.snapshot.namespaces, changes);
    surroundings = { engine, snapshot: { ...surroundings.snapshot, namespaces } };
  };
  const take = (message: Posted): readonly CallAnswer[] => {
    if (!("namespaces" in message)) return [answerTo(message)];
    learn(message);
    return [];
  };
  return { take, ready: { kind: "ready", entrypoints, policies, notes } };
}

function waitingMessage(port: MessagePort): Posted | undefined {
  // What it gives has no type; the pool posts nothing else.
  const waiting: { readonly message: Posted } | undefined = receiveMessageOnPort(port);
  return waiting?.message;
}

function decide(
  { id, webhook, body }: CallMessage,
  surroundings: Surroundings,
  {
    recordOf,
    exceeded,
    print,
  }: {
    readonly recordOf: ReturnType<typeof createRecords>;
    readonly exceeded: readonly string[];
    readonly print: boolean;
  },
): CallAnswer {
  try {
    const given = answer(body, webhook, surroundings, { ...currentCall(), print });
    if (given.kind === "rejected") return { kind: "rejected", id, error: errorFields(given.error) };
    const { policies: _, ...record } = recordOf(given.decision, webhook);
    const unknownNamespace = namespaceUnknownTo(surroundings.snapshot, given.decision.request);
    return {
      kind: "decided",
      id,
      body: given.body,
      ...record,
      ...(exceeded.length === 0 ? {} : { exceeded }),
      ...(unknownNamespace === undefined ? {} : { unknownNamespace }),
    };
  } catch (error) {
    return { kind: "rejected", id, error: errorFields(error) };
  }
}

/** A Namespace itself is looked at as it comes in. */
function namespaceUnknownTo(
  { namespaces }: Snapshot,
  { namespace, resource }: Pick<AdmissionRequest, "namespace" | "resource">,
): string | undefined {
  const isKnown = namespace === "" || resource.resource === "namespaces" || namespaces.has(namespace);
  return isKnown ? undefined : namespace;
}

if (parentPort !== null) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only a pool starts this file
  const data = workerData as WorkerData;
  (data.gives === "answers" ? serve : serveJudgements)(parentPort, data);
}
