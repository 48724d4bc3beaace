import { type Address, hasTextAt, readText, type Text, unsigned, writeText, writeTextAt } from "./abi.ts";
import type { EvaluationCall, InputDocument } from "./engine.ts";
import { DocumentFailure, MEMORY_EXHAUSTED, textOf } from "./evaluation-error.ts";
import type { PolicyInstance } from "./instance.ts";
import { parseValue } from "./parse.ts";
import { RegoObject, RegoSet, type RegoValue } from "./value.ts";

/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;
const EMPTY_SET = new RegoSet([]);
/** What an evaluation that gives the empty set is written as: most policies find nothing in most objects. */
const NOTHING_FOUND = '{{"result": set()}}\0';

/**
 * The values of one request inside one instance. Made when a session first evaluates on that instance, useless as soon
 * as the heap is reset by the next one.
 *
 * The heap is a stack: base documents, compiled patterns, then what lasts for the session (shared documents and paths),
 * then a gap up to a fixed address, then what one evaluation needs, which is dropped when the next one begins. So a
 * session takes no more memory than its greediest evaluation, and each evaluation may take the same.
 */
export class SessionHeap {
  readonly #instance: PolicyInstance;
  readonly #shared = new Map<InputDocument, Address>();
  readonly #paths = new Map<string, Address>();
  /** One past the shared documents. */
  #sharedEnd: Address;

  constructor(instance: PolicyInstance, call: EvaluationCall) {
    this.#instance = instance;
    this.#sharedEnd = instance.heapStart;
    instance.host.call = call;
  }

  /**
   * Evaluates one entrypoint; undefined where the rule is. Throws DocumentFailure for a shared document, else whatever
   * WebAssembly or the host throws.
   */
  evaluate(entrypoint: number, input: InputDocument): RegoValue | undefined {
    const { abi, bytes, memory, evaluationStart, patterns } = this.#instance;
    this.#keep(input);
    abi.opa_heap_ptr_set(evaluationStart);
    patterns.restore(entrypoint);
    const dump = this.#run(entrypoint, this.#build(input));
    if (hasTextAt(bytes, dump, NOTHING_FOUND)) return EMPTY_SET;
    return resultOf(parseValue(readText(memory, dump)));
  }

  /**
   * Keeps the patterns that the evaluation which has just ended compiled, so that the next ones need not. Throws what an
   * evaluation throws.
   */
  keepPatterns(entrypoint: number, input: InputDocument): void {
    const { abi, evaluationStart, patterns } = this.#instance;
    const used = unsigned(abi.opa_heap_ptr_get()) - evaluationStart;
    if (!patterns.isWorthKeeping(entrypoint, used)) return;
    abi.opa_heap_ptr_set(evaluationStart);
    const address = this.#build(input);
    patterns.keep(entrypoint, () => this.#run(entrypoint, address));
  }

  /** Gives the address of the result's text. */
  #run(entrypoint: number, input: Address): Address {
    const { abi, context } = this.#instance;
    abi.opa_eval_ctx_set_input(context, input);
    abi.opa_eval_ctx_set_entrypoint(context, entrypoint);
    const status = abi.eval(context);
    if (status !== 0) throw new Error(`OPA's eval ended with status ${status}`);
    return abi.opa_value_dump(abi.opa_eval_ctx_get_result(context));
  }

  /** Builds the shared documents that `document` holds and the paths of its members, where they last. */
  #keep(document: InputDocument): void {
    if (this.#shared.has(document)) return;
    const { abi } = this.#instance;
    abi.opa_heap_ptr_set(this.#sharedEnd);
    this.#keepParts(document);
    this.#sharedEnd = unsigned(abi.opa_heap_ptr_get());
  }

  #keepParts(document: InputDocument): void {
    if (this.#shared.has(document)) return;
    for (const [key, member] of document.members) {
      if (!this.#paths.has(key)) this.#paths.set(key, this.#parse(JSON.stringify([key])));
      this.#keepParts(member);
    }
    if (document.shared) this.#shared.set(document, this.#assembleShared(document));
  }

  #assembleShared(document: InputDocument): Address {
    const { abi, evaluationStart } = this.#instance;
    const isTooLarge = (): boolean => unsigned(abi.opa_heap_ptr_get()) > evaluationStart;
    try {
      const address = this.#assemble(document, (json) => this.#writeBehind(json));
      if (isTooLarge()) throw new Error(MEMORY_EXHAUSTED);
      return address;
    } catch (cause) {
      // A document that grew into its own text may have been taken for anything.
      throw new DocumentFailure(document, isTooLarge() ? MEMORY_EXHAUSTED : textOf(cause));
    }
  }

  #build(document: InputDocument): Address {
    return this.#shared.get(document) ?? this.#assemble(document);
  }

  #assemble({ text, members }: InputDocument, write = this.#write): Address {
    const value = this.#parse(text, write);
    const keys = new Set<string>();
    for (const [key, member] of members) {
      // `opa_value_add_path` frees the value that it replaces, and violations would vanish without an error.
      if (keys.has(key)) throw new Error(`The input document has the member ${key} twice.`);
      keys.add(key);
      const path = this.#paths.get(key) ?? 0;
      const status = this.#instance.abi.opa_value_add_path(value, path, this.#build(member));
      if (status !== 0) throw new Error(`The member ${key} cannot be set: its document is no JSON object.`);
    }
    return value;
  }

  readonly #write = (json: string): Text => writeText(this.#instance.abi, this.#instance.memory, json);

  /** Between evaluations their memory is free, and the text of a document is needed no longer than it is parsed. */
  #writeBehind(json: string): Text {
    const { bytes, evaluationStart } = this.#instance;
    const hasRoom = json.length * MAX_UTF8_BYTES <= bytes.length - evaluationStart;
    return hasRoom ? writeTextAt(bytes, evaluationStart, json) : this.#write(json);
  }

  #parse(json: string, write = this.#write): Address {
    const { address, length } = write(json);
    const value = this.#instance.abi.opa_json_parse(address, length);
    if (value === 0) throw new Error("An input document is no JSON.");
    return value;
  }
}

/** An evaluation gives a set of at most one `{"result": …}`. */
function resultOf(set: RegoValue): RegoValue | undefined {
  const first = set instanceof RegoSet ? set.items[0] : undefined;
  return first instanceof RegoObject ? first.get("result") : undefined;
}
