import { call, type Code, END, I32, i32Const, leb128, localGet } from "./instructions.ts";
import { CODE, FUNCTIONS, MAGIC_AND_VERSION, readModule, type WasmModuleText } from "./wasm-module.ts";

/** A function of a module that is to do something else. */
export interface Redirection {
  /** Its name in the module, e.g. `opa_bits_and`. */
  readonly native: string;
  /** The number by which the host knows what runs instead. */
  readonly id: number;
  readonly body: (calls: Calls) => Code;
  /** Locals of 32 bits that the body has after the parameters. */
  readonly locals: number;
}

/** What a new body is made of. Parameters are locals from 0. */
export interface Calls {
  /** Calls the host's function with these parameters. */
  readonly host: (parameters: readonly number[]) => Code;
  /** Calls what the function was before, with what is on the stack. */
  readonly original: Code;
  /** Calls a function of the module by its name. Throws RangeError if there is none. */
  readonly named: (name: string) => Code;
}

/**
 * Gives the module with new bodies for some of its functions; those that it does not have, since no policy calls them,
 * are passed over. The number of every function stays, so nothing else changes; the old bodies come last. Whether the
 * new bodies are right in number and type of parameters is checked by whoever compiles the module.
 * Throws RangeError if the module cannot be read.
 */
export function redirect(
  wasm: Uint8Array<ArrayBuffer>,
  redirections: readonly Redirection[],
): Uint8Array<ArrayBuffer> {
  const module = readModule(wasm);
  const { importedFunctions, names } = module;
  const found = redirections.flatMap((redirection) => {
    const index = names.get(redirection.native);
    return index === undefined ? [] : [{ redirection, own: index - importedFunctions.length }];
  });
  const types = [...module.types];
  const bodies = [...module.bodies];
  for (const { redirection, own } of found) {
    const [type, body] = [types[own], bodies[own]];
    if (type === undefined || body === undefined)
      throw new RangeError(`${redirection.native} is no function.`);
    const moved = importedFunctions.length + bodies.length;
    const code = redirection.body(callsOf(module, redirection, moved));
    bodies[own] = Uint8Array.from([...declaration(redirection.locals), ...code, END]);
    types.push(type);
    bodies.push(body);
  }
  return found.length === 0 ? wasm : write(wasm, module, types, bodies);
}

/** One group of locals of one type, or none. */
function declaration(locals: number): Code {
  return locals === 0 ? [0] : [1, ...leb128(locals), I32];
}

function callsOf(module: WasmModuleText, { id }: Redirection, moved: number): Calls {
  return {
    host: (parameters) => {
      const dispatcher = module.importedFunctions.indexOf(`opa_builtin${parameters.length}`);
      if (dispatcher === -1) throw new RangeError("The module imports no builtins.");
      return [...i32Const(id), ...i32Const(0), ...parameters.flatMap(localGet), ...call(dispatcher)];
    },
    original: call(moved),
    named: (name) => {
      const index = module.names.get(name);
      if (index === undefined) throw new RangeError(`The module has no function ${name}.`);
      return call(index);
    },
  };
}

function write(
  wasm: Uint8Array,
  { sections }: WasmModuleText,
  types: readonly number[],
  bodies: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const written = sections.flatMap(({ id, content }) => {
    const parts = id === FUNCTIONS ? functionSection(types) : id === CODE ? codeSection(bodies) : [content];
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    return [Uint8Array.from([id, ...leb128(size)]), ...parts];
  });
  return concatenate([wasm.subarray(0, MAGIC_AND_VERSION), ...written]);
}

function functionSection(types: readonly number[]): readonly Uint8Array[] {
  return [Uint8Array.from([...leb128(types.length), ...types.flatMap(leb128)])];
}

function codeSection(bodies: readonly Uint8Array[]): readonly Uint8Array[] {
  return [
    Uint8Array.from(leb128(bodies.length)),
    ...bodies.flatMap((body) => [Uint8Array.from(leb128(body.length)), body]),
  ];
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
