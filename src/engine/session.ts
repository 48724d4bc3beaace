import { type Address, readText, unsigned, writeText } from "./abi.ts";
import type { EvaluationCall, InputDocument } from "./engine.ts";
import { DocumentFailure, MEMORY_EXHAUSTED, textOf } from "./evaluation-error.ts";
import type { PolicyInstance } from "./instance.ts";
import { parseValue } from "./parse.ts";
import { RegoObject, RegoSet, type RegoValue } from "./value.ts";

/**
 * The values of one request inside one instance. Made when a session first evaluates on that instance, useless as soon
 * as the heap is reset by the next one.
 *
 * The heap is a stack: base documents, then what lasts for the session (shared documents and paths), then a gap up to a
 * fixed address, then what one evaluation needs, which is dropped when it ends. So a session takes no more memory than
 * its greediest evaluation, and each evaluation may take the same.
 */
export class SessionHeap {
  readonly #instance: PolicyInstance;
  readonly #shared = new Map<InputDocument, Address>();
  readonly #paths = new Map<string, Address>();

  constructor(instance: PolicyInstance, call: EvaluationCall) {
    this.#instance = instance;
    instance.host.call = call;
    instance.abi.opa_heap_ptr_set(instance.heapStart);
  }

  /**
   * Evaluates one entrypoint; undefined where the rule is. Throws DocumentFailure for a shared document, else whatever
   * WebAssembly or the host throws.
   */
  evaluate(entrypoint: number, input: InputDocument): RegoValue | undefined {
    const { abi, memory, data, evaluationStart } = this.#instance;
    this.#keep(input);
    const mark = abi.opa_heap_ptr_get();
    abi.opa_heap_ptr_set(evaluationStart);
    const context = abi.opa_eval_ctx_new();
    abi.opa_eval_ctx_set_input(context, this.#build(input));
    abi.opa_eval_ctx_set_data(context, data);
    abi.opa_eval_ctx_set_entrypoint(context, entrypoint);
    const status = abi.eval(context);
    if (status !== 0) throw new Error(`OPA's eval ended with status ${status}`);
    const dump = readText(memory, abi.opa_value_dump(abi.opa_eval_ctx_get_result(context)));
    abi.opa_heap_ptr_set(mark);
    return resultOf(parseValue(dump));
  }

  /** Builds, below the mark, the shared documents that `document` holds and the paths of its members. */
  #keep(document: InputDocument): void {
    if (this.#shared.has(document)) return;
    for (const [key, member] of document.members) {
      if (!this.#paths.has(key)) this.#paths.set(key, this.#parse(JSON.stringify([key])));
      this.#keep(member);
    }
    if (document.shared) this.#shared.set(document, this.#assembleShared(document));
  }

  #assembleShared(document: InputDocument): Address {
    const { abi, evaluationStart } = this.#instance;
    try {
      const address = this.#assemble(document);
      if (unsigned(abi.opa_heap_ptr_get()) > evaluationStart) throw new Error(MEMORY_EXHAUSTED);
      return address;
    } catch (cause) {
      throw new DocumentFailure(document, textOf(cause));
    }
  }

  #build(document: InputDocument): Address {
    return this.#shared.get(document) ?? this.#assemble(document);
  }

  #assemble({ text, members }: InputDocument): Address {
    const value = this.#parse(text);
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

  #parse(json: string): Address {
    const { abi, memory } = this.#instance;
    const { address, length } = writeText(abi, memory, json);
    const value = abi.opa_json_parse(address, length);
    if (value === 0) throw new Error("An input document is no JSON.");
    return value;
  }
}

/** An evaluation gives a set of at most one `{"result": …}`. */
function resultOf(set: RegoValue): RegoValue | undefined {
  const first = set instanceof RegoSet ? set.items[0] : undefined;
  return first instanceof RegoObject ? first.get("result") : undefined;
}
