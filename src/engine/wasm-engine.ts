import { PortcullisError } from "../error.ts";
import type {
  EvaluationCall,
  EvaluationResult,
  EvaluationSession,
  InputDocument,
  LoadedEngine,
} from "./engine.ts";
import { DocumentFailure, evaluationError, isMemoryExhausted } from "./evaluation-error.ts";
import { InstanceSlot, type Instantiate } from "./instance-slot.ts";
import { SessionHeap } from "./session.ts";
import type { RegoValue } from "./value.ts";

/**
 * The large memory serves further sessions that need it and is replaced after so many in a row that do not. To replace
 * it at once would leave one behind for each large request, until V8 collects garbage.
 */
const SESSIONS_TO_KEEP_LARGE = 100;

/** A rule that takes longer is not evaluated once more to keep its patterns, which would gain it little. */
const MAX_SECONDS_TWICE = 0.005;

interface LoadedProgram {
  readonly file: string;
  readonly entrypoints: ReadonlyMap<string, number>;
  /** Where every session begins. */
  readonly ordinary: InstanceSlot;
  /** Where a session goes on that needs more memory. */
  readonly large: InstanceSlot;
}

/** How to make instances with an ordinary and with a large memory. */
export interface InstanceMakers {
  readonly ordinary: Instantiate;
  readonly large: Instantiate;
}

/** Lives as long as the bundle is loaded in a thread. Throws what making an instance throws. */
export class WasmEngine implements LoadedEngine {
  readonly entrypoints: ReadonlySet<string>;
  readonly #program: LoadedProgram;
  #session: WasmSession | undefined;
  #sessionsWithoutLarge = 0;

  constructor(file: string, make: InstanceMakers) {
    const ordinary = new InstanceSlot(make.ordinary);
    const { entrypoints } = ordinary.instance();
    this.#program = { file, entrypoints, ordinary, large: new InstanceSlot(make.large) };
    this.entrypoints = new Set(entrypoints.keys());
  }

  open(call: EvaluationCall): EvaluationSession {
    if (this.#session !== undefined) this.#end(this.#session);
    this.#session = new WasmSession(this.#program, call);
    return this.#session;
  }

  abandon(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#program.ordinary.dropInstance();
    this.#program.large.dropInstance();
  }

  #end(session: WasmSession): void {
    session.end();
    this.#sessionsWithoutLarge = session.isLarge() ? 0 : this.#sessionsWithoutLarge + 1;
    if (this.#sessionsWithoutLarge === SESSIONS_TO_KEEP_LARGE) this.#program.large.renewMemory();
  }
}

class WasmSession implements EvaluationSession {
  readonly #program: LoadedProgram;
  readonly #call: EvaluationCall;
  /** Shared documents that could not be built: to try again for each rule would take long and end the same way. */
  readonly #failures = new Map<InputDocument, DocumentFailure>();
  #slot: InstanceSlot;
  #heap: SessionHeap | undefined;
  #isOpen = true;

  constructor(program: LoadedProgram, call: EvaluationCall) {
    this.#program = program;
    this.#call = call;
    this.#slot = program.ordinary;
  }

  evaluate(entrypoint: string, input: InputDocument): EvaluationResult {
    if (!this.#isOpen) throw new Error("A session ends when the engine opens the next one.");
    const start = performance.now();
    try {
      const id = this.#idOf(entrypoint);
      const value = this.#valueOf(id, input);
      const seconds = secondsSince(start);
      if (seconds < MAX_SECONDS_TWICE) this.#keepPatterns(id, input);
      return { kind: "value", value, seconds };
    } catch (thrown) {
      if (thrown instanceof DocumentFailure) this.#failures.set(thrown.document, thrown);
      return { kind: "error", error: evaluationError(entrypoint, thrown), seconds: secondsSince(start) };
    }
  }

  end(): void {
    this.#isOpen = false;
    this.#heap = undefined;
  }

  isLarge(): boolean {
    return this.#slot === this.#program.large;
  }

  #idOf(entrypoint: string): number {
    const { entrypoints, file } = this.#program;
    const id = entrypoints.get(entrypoint);
    if (id === undefined) throw missingEntrypoint(entrypoint, file);
    return id;
  }

  #valueOf(id: number, input: InputDocument): RegoValue | undefined {
    const failure = this.#failureIn(input);
    if (failure !== undefined) throw failure;
    try {
      return this.#attempt(id, input);
    } catch (thrown) {
      if (this.isLarge() || !isMemoryExhausted(thrown)) throw thrown;
      this.#slot = this.#program.large;
      return this.#attempt(id, input);
    }
  }

  #attempt(entrypoint: number, input: InputDocument): RegoValue | undefined {
    try {
      this.#heap ??= new SessionHeap(this.#slot.instance(), this.#call);
      return this.#heap.evaluate(entrypoint, input);
    } catch (thrown) {
      this.#dropInstance();
      throw thrown;
    }
  }

  /** Must not throw: what was evaluated stands. */
  #keepPatterns(entrypoint: number, input: InputDocument): void {
    try {
      this.#heap?.keepPatterns(entrypoint, input);
    } catch {
      this.#dropInstance();
    }
  }

  /**
   * OPA's runtime does not give back the stack of a call that was left by a throw; after some 1,400 of them nothing works
   * any more. So: never evaluate again on an instance that has thrown.
   */
  #dropInstance(): void {
    this.#heap = undefined;
    this.#slot.dropInstance();
  }

  #failureIn(document: InputDocument): DocumentFailure | undefined {
    if (this.#failures.size === 0) return undefined;
    const members = document.members.map(([, member]) => this.#failureIn(member));
    return this.#failures.get(document) ?? members.find((failure) => failure !== undefined);
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function missingEntrypoint(entrypoint: string, file: string): PortcullisError {
  return new PortcullisError("ENTRYPOINT_MISSING", {
    message: `The WebAssembly module in ${file} has no rule ${entrypoint}.`,
    remedy:
      "Build the policies again with `portcullis build`, so that the bundle's list and its module agree.",
    position: { file },
  });
}
