import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { BoundedReviews } from "./bounded-reviews.ts";
import { errorFields } from "./error-fields.ts";
import type { JudgedReview, JudgeMessage, NamespacesMessage, WorkerData, WorkerMessage } from "./message.ts";

type Message = JudgeMessage | NamespacesMessage;

/** So many reviews are judged at a time: half of those that a thread has ahead, so that it never waits for the next. */
const TOGETHER = 16;

/** Judges reviews for `eval` in a worker thread. */
export function serveJudgements(port: MessagePort, { program, running }: WorkerData): void {
  const send = (message: WorkerMessage<JudgedReview>): void => port.postMessage(message);
  try {
    const reviews = new BoundedReviews(program, running);
    port.on("message", (first: Message) => {
      const group: JudgeMessage[] = [];
      let next: Message | undefined = first;
      while (next !== undefined) {
        if ("namespaces" in next) reviews.learn(next.namespaces);
        else group.push(next);
        next = group.length < TOGETHER ? waitingMessage(port) : undefined;
      }
      const answers = [...reviews.results(group)].map(([{ id }, result]) => ({ id, result }));
      if (answers.length > 0) send({ kind: "answered", answers });
    });
    send({ kind: "ready", entrypoints: [...reviews.entrypoints], policies: [], notes: [] });
  } catch (error) {
    send({ kind: "unusable", error: errorFields(error) });
  }
}

function waitingMessage(port: MessagePort): Message | undefined {
  // What it gives has no type; the pool posts nothing else.
  const waiting: { readonly message: Message } | undefined = receiveMessageOnPort(port);
  return waiting?.message;
}
