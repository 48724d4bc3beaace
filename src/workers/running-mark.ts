/** What a worker runs, written where the main thread can read it while the worker is busy. */
export interface Running {
  /** The call that is being decided; 0 between calls. */
  readonly call: number;
  /** The entrypoint that is being evaluated; undefined between evaluations. */
  readonly entrypoint: string | undefined;
  /** Grows with every begin and end: the same value twice means that nothing ended in between. */
  readonly steps: number;
}

const [CALL, ENTRYPOINT, STEPS, LENGTH] = [0, 1, 2, 3];

/** Shared memory for one worker. */
export function createRunningBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT);
}

/** The worker's side. `entrypoints` in the order that both sides know. */
export class RunningMark {
  readonly #cells: Int32Array;
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(buffer: SharedArrayBuffer, entrypoints: readonly string[]) {
    this.#cells = new Int32Array(buffer);
    this.#numbers = new Map(entrypoints.map((entrypoint, index) => [entrypoint, index + 1]));
  }

  /** 0 ends a call. */
  call(id: number): void {
    Atomics.store(this.#cells, CALL, id);
    Atomics.add(this.#cells, STEPS, 1);
  }

  begin(entrypoint: string): void {
    Atomics.store(this.#cells, ENTRYPOINT, this.#numbers.get(entrypoint) ?? 0);
    Atomics.add(this.#cells, STEPS, 1);
  }

  end(): void {
    Atomics.store(this.#cells, ENTRYPOINT, 0);
    Atomics.add(this.#cells, STEPS, 1);
  }
}

/** The main thread's side. */
export function readRunning(buffer: SharedArrayBuffer, entrypoints: readonly string[]): Running {
  const cells = new Int32Array(buffer);
  return {
    call: Atomics.load(cells, CALL),
    entrypoint: entrypoints[Atomics.load(cells, ENTRYPOINT) - 1],
    steps: Atomics.load(cells, STEPS),
  };
}
