import type { PortcullisError } from "../../../error.ts";
import { reasons } from "../reload.ts";
import { Told } from "../told.ts";
import { LEADER_TASKS, type LeaderTask, type LeadingTelemetry } from "./telemetry.ts";

/** How many reasons are kept of a task that fails: some have another text each time. */
const MAX_REASONS = 10;

/** A task that has failed since it succeeded last. */
interface Failing {
  readonly reasons: ReadonlySet<string>;
  readonly since: number;
  readonly attempts: number;
}

type Telling = Pick<LeadingTelemetry, "failed" | "recovered">;

/** What fails of a leader's tasks now. Each failure is counted, and told as `Told` says; so is its end. */
export class LeaderFailures {
  readonly #telemetry: Telling;
  readonly #now: () => number;
  readonly #failing = new Map<LeaderTask, Failing>();
  readonly #told: Readonly<Record<LeaderTask, Told>>;

  /** `now`: milliseconds since some moment, which never go back and never jump. */
  constructor(telemetry: Telling, now: () => number) {
    this.#telemetry = telemetry;
    this.#now = now;
    this.#told = { lease: new Told(now), certificates: new Told(now), webhooks: new Told(now) };
  }

  failed(task: LeaderTask, thrown: unknown): void {
    const errors = reasons(thrown, `The task ${task} of the leader`);
    const before = this.#failing.get(task);
    const all = new Set([...(before?.reasons ?? []), ...errors.map(({ message }) => message)]);
    this.#failing.set(task, {
      reasons: new Set([...all].slice(-MAX_REASONS)),
      since: before?.since ?? this.#now(),
      attempts: (before?.attempts ?? 0) + 1,
    });
    for (const error of errors) this.#telemetry.failed(task, error, this.#told[task].lasts(reasonOf(error)));
  }

  succeeded(task: LeaderTask): void {
    const failing = this.#failing.get(task);
    if (failing === undefined) return;
    this.#failing.delete(task);
    const { attempts, since } = failing;
    if (this.#told[task].ends())
      this.#telemetry.recovered(task, { attempts, milliseconds: this.#now() - since });
  }

  /** Nobody tries it here any more: another replica may. Who soon fails again at the same fills no log. */
  givenUp(...tasks: readonly LeaderTask[]): void {
    for (const task of tasks) this.#failing.delete(task);
  }

  /** For people; undefined if everything is well. */
  summary(): string | undefined {
    const failing = LEADER_TASKS.flatMap((task) => {
      const found = this.#failing.get(task);
      return found === undefined ? [] : [`${task}: ${[...found.reasons].join(" ")}`];
    });
    return failing.length === 0 ? undefined : failing.join(" ");
  }
}

/** Missing permissions stop one call or another, and what to do is the same; about credentials it is something else. */
function reasonOf({ code, message, remedy }: PortcullisError): string {
  return code === "CLUSTER_FORBIDDEN" ? remedy : message;
}
