import { PortcullisError } from "../error.ts";
import type {
  EvaluationCall,
  EvaluationResult,
  EvaluationSession,
  InputDocument,
  LoadedEngine,
} from "./engine.ts";
import { DocumentFailure, evaluationError, isMemoryExhausted } from "./evaluation-error.ts";
import type { NoteTaker } from "./evaluation-notes.ts";
import { dataBytes, documentBytes, pathData } from "./data-json.ts";
import type { InstanceSlot } from "./instance-slot.ts";
import { Memories, type MakersFor } from "./memories.ts";
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
  readonly memories: Memories;
}

/** Lives as long as the bundle is loaded in a thread. */
export class WasmEngine implements LoadedEngine {
  readonly entrypoints: ReadonlySet<string>;
  #program: LoadedProgram | undefined;
  #session: WasmSession | undefined;
  #sessionsWithoutLarge = 0;

  /** `data` is a JSON object, validated. Throws what making an instance throws. */
  constructor(file: string, makersFor: MakersFor, data: Uint8Array) {
    const memories = new Memories(makersFor, data);
    const { entrypoints } = memories.ordinary.instance();
    this.#program = { file, entrypoints, memories };
    this.entrypoints = new Set(entrypoints.keys());
  }

  open(call: EvaluationCall): EvaluationSession {
    const program = this.#loaded();
    if (this.#session !== undefined) this.#end(this.#session, program);
    this.#session = new WasmSession(program, call);
    return this.#session;
  }

  setData(json: string | Uint8Array): void {
    const bytes = dataBytes(json);
    this.#changed(({ memories }) => memories.setData(bytes));
  }

  setDataPath(path: readonly string[], json: string | Uint8Array): void {
    if (path.length === 0) return this.setData(json);
    const bytes = documentBytes(json);
    this.#changed(({ memories }) =>
      pathData(path, () => memories.changeData((data) => data.setPath(path, bytes))),
    );
  }

  removeDataPath(path: readonly string[]): void {
    if (path.length === 0) return this.setData("{}");
    this.#changed(({ memories }) =>
      pathData(path, () => memories.changeData((data) => data.removePath(path))),
    );
  }

  abandon(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#loaded().memories.dropInstances();
  }

  close(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#program = undefined;
  }

  #loaded(): LoadedProgram {
    if (this.#program === undefined) throw new Error("The engine is closed.");
    return this.#program;
  }

  #changed(change: (program: LoadedProgram) => void): void {
    const program = this.#loaded();
    this.#session?.end();
    this.#session = undefined;
    try {
      change(program);
    } catch (thrown) {
      program.memories.dropInstances();
      throw thrown;
    }
  }

  #end(session: WasmSession, { memories }: LoadedProgram): void {
    session.end();
    this.#sessionsWithoutLarge = session.isLarge() ? 0 : this.#sessionsWithoutLarge + 1;
    if (this.#sessionsWithoutLarge === SESSIONS_TO_KEEP_LARGE) memories.large.renewMemory();
  }
}

class WasmSession implements EvaluationSession {
  readonly #program: LoadedProgram;
  readonly #call: EvaluationCall;
  /** Shared documents that could not be built: to try again for each rule would take long and end the same way. */
  readonly #failures = new Map<InputDocument, DocumentFailure>();
  /** What the last evaluation told. */
  #notes: NoteTaker | undefined;
  #slot: InstanceSlot;
  #heap: SessionHeap | undefined;
  #isOpen = true;

  constructor(program: LoadedProgram, call: EvaluationCall) {
    this.#program = program;
    this.#call = call;
    this.#slot = program.memories.ordinary;
  }

  evaluate(entrypoint: string, input: InputDocument): EvaluationResult {
    if (!this.#isOpen)
      throw new Error("A session ends when the engine opens the next one, or gets other data.");
    const start = performance.now();
    this.#notes = undefined;
    try {
      const id = this.#idOf(entrypoint);
      const value = this.#valueOf(id, input);
      const seconds = secondsSince(start);
      const notes = this.#notes;
      if (seconds < MAX_SECONDS_TWICE) this.#keepPatterns(id, input);
      return withNotes({ kind: "value", value, seconds }, notes);
    } catch (thrown) {
      if (thrown instanceof DocumentFailure) this.#failures.set(thrown.document, thrown);
      const error = evaluationError(entrypoint, thrown);
      return withNotes({ kind: "error", error, seconds: secondsSince(start) }, this.#notes);
    }
  }

  end(): void {
    this.#isOpen = false;
    this.#heap = undefined;
  }

  isLarge(): boolean {
    return this.#slot === this.#program.memories.large;
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
      this.#slot = this.#program.memories.large;
      return this.#attempt(id, input);
    }
  }

  #attempt(entrypoint: number, input: InputDocument): RegoValue | undefined {
    const instance = this.#slot.instance();
    try {
      this.#heap ??= new SessionHeap(instance, this.#call);
      instance.host.notes = undefined;
      const value = this.#heap.evaluate(entrypoint, input);
      this.#notes = instance.host.notes;
      return value;
    } catch (thrown) {
      this.#notes = instance.host.notes;
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

/** A result has no member for notes that there are none of. */
function withNotes(result: EvaluationResult, taker: NoteTaker | undefined): EvaluationResult {
  return taker === undefined ? result : { ...result, notes: taker.notes() };
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
