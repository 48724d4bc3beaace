import { reasons } from "../reload.ts";
import type { LeaderTask, LeadingTelemetry } from "./telemetry.ts";

/** How many failures of a task are told before it succeeds again: some have another text each time. */
const MAX_TOLD = 10;

/** What fails of a leader's tasks now. Each failure is counted, and told once until its task succeeds. */
export class LeaderFailures {
  readonly #telemetry: Pick<LeadingTelemetry, "failed">;
  readonly #told = new Map<LeaderTask, ReadonlySet<string>>();

  constructor(telemetry: Pick<LeadingTelemetry, "failed">) {
    this.#telemetry = telemetry;
  }

  failed(task: LeaderTask, thrown: unknown): void {
    for (const error of reasons(thrown)) {
      const told = this.#told.get(task) ?? new Set();
      const isNew = !told.has(error.message) && told.size < MAX_TOLD;
      if (isNew) this.#told.set(task, new Set([...told, error.message]));
      this.#telemetry.failed(task, error, isNew);
    }
  }

  succeeded(...tasks: readonly LeaderTask[]): void {
    for (const task of tasks) this.#told.delete(task);
  }

  /** For people; undefined if everything is well. */
  summary(): string | undefined {
    const failing = [...this.#told].map(([task, told]) => `${task}: ${[...told].join(" ")}`);
    return failing.length === 0 ? undefined : failing.join(" ");
  }
}
