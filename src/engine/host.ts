import { type Abi, type Address, readExactText, readText, writeText } from "./abi.ts";
import { isArray, type Builtin } from "./builtins/builtin.ts";
import { LimitReached } from "./builtins/limit-reached.ts";
import type { EvaluationCall } from "./engine.ts";
import { valueToRego } from "./format.ts";
import { NoteTaker } from "./evaluation-notes.ts";
import { parseValue } from "./parse.ts";
import type { RegoValue } from "./value.ts";
import type { WasmMemory } from "./web-assembly.ts";

/** `opa_abort` was called: OPA's own words for why. */
export class OpaAbort extends Error {
  override readonly name = "OpaAbort";
}

/** A builtin reached a limit of the engine, which OPA does not have. `message` names the builtin. */
export class BuiltinLimit extends Error {
  override readonly name = "BuiltinLimit";
}

/** What a module may call: a builtin of the registry, or `print`, which gives no value. */
export type HostFunction = { readonly name: string; readonly run: Builtin } | "print";

/** What the functions that a module imports work on. The fields are set once the instance exists, before any call. */
export interface Host {
  readonly memory: WasmMemory;
  abi?: Abi;
  /** The functions by the numbers under which the module calls them. */
  builtins?: ReadonlyMap<number, HostFunction>;
  call?: EvaluationCall;
  /** What the evaluation tells beside its value; undefined if nothing yet. */
  notes?: NoteTaker | undefined;
}

/** The imports of a module, all of our own: the SDK's lose digits and sets and end the evaluation on a builtin's error. */
export function importsOf(host: Host): { readonly env: object } {
  const callBuiltin = (id: number, _context: Address, ...args: readonly Address[]): Address =>
    runBuiltin(host, id, args);
  return {
    env: {
      memory: host.memory,
      opa_abort: (message: Address): never => {
        throw new OpaAbort(readText(host.memory, message));
      },
      // Only OPA's debug builds print.
      opa_println: (): void => {},
      opa_builtin0: callBuiltin,
      opa_builtin1: callBuiltin,
      opa_builtin2: callBuiltin,
      opa_builtin3: callBuiltin,
      opa_builtin4: callBuiltin,
    },
  };
}

function runBuiltin(host: Host, id: number, args: readonly Address[]): Address {
  const { memory, abi, builtins, call } = host;
  const builtin = builtins?.get(id);
  if (abi === undefined || builtin === undefined || call === undefined) {
    throw new Error(`Builtin ${id} was called before the module was set up.`);
  }
  if (builtin === "print") {
    // Whatever it gives but 0 is taken for success; its own argument costs nothing.
    const [operands = 0] = args;
    if (call.print === true) print(host, readArgument(abi, memory, operands));
    return operands;
  }
  const operands = args.map((address) => readOperand(abi, memory, address, builtin.name));
  const result = runWithin(builtin, operands, call);
  if (result !== undefined) return writeValue(abi, memory, result);
  notesOf(host).builtinFailed(builtin.name, operands);
  return 0;
}

function notesOf(host: Host): NoteTaker {
  host.notes ??= new NoteTaker(host.call?.printedCharacters);
  return host.notes;
}

function runWithin(
  { name, run }: Exclude<HostFunction, "print">,
  operands: readonly RegoValue[],
  call: EvaluationCall,
): RegoValue | undefined {
  try {
    return run(operands, call);
  } catch (thrown) {
    throw thrown instanceof LimitReached ? new BuiltinLimit(`${name} ${thrown.message}`) : thrown;
  }
}

function print(host: Host, operands: RegoValue): void {
  if (!isArray(operands)) throw new Error("print was called without a list of operands.");
  notesOf(host).print(operands);
}

/** OPA's texts may be any bytes, which none of ours can be. */
function readOperand(abi: Abi, memory: WasmMemory, address: Address, builtin: string): RegoValue {
  try {
    return readArgument(abi, memory, address);
  } catch (thrown) {
    throw isNoText(thrown) ? new BuiltinLimit(`${builtin} was given bytes that are no UTF-8`) : thrown;
  }
}

/** What `TextDecoder` throws; not by `instanceof`, since it may be of another realm. */
function isNoText(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return false;
  return thrown.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}

/** The dump is freed at once: a policy may call a builtin ten thousand times in one evaluation. */
function readArgument(abi: Abi, memory: WasmMemory, address: Address): RegoValue {
  const dump = abi.opa_value_dump(address);
  const text = readExactText(memory, dump);
  abi.opa_free(dump);
  return parseValue(text);
}

function writeValue(abi: Abi, memory: WasmMemory, value: RegoValue): Address {
  const { address, length } = writeText(abi, memory, valueToRego(value));
  const parsed = abi.opa_value_parse(address, length);
  abi.opa_free(address);
  if (parsed === 0) throw new Error("A builtin gave a value that OPA cannot read.");
  return parsed;
}
