/** Instructions of WebAssembly as bytes (core specification, 5.4), no more than what `natives.ts` needs. */
export type Code = readonly number[];

/** The type of a number of 32 bits, which every address is. */
export const I32 = 0x7f;

export function localGet(index: number): Code {
  return [0x20, ...leb128(index)];
}

export function localSet(index: number): Code {
  return [0x21, ...leb128(index)];
}

export function i32Const(value: number): Code {
  return [0x41, ...signedLeb128(value)];
}

export function i64Const(value: number): Code {
  return [0x42, ...signedLeb128(value)];
}

export function call(index: number): Code {
  return [0x10, ...leb128(index)];
}

/** `then` if the number on the stack is not 0; both leave a number of 32 bits. */
export function ifElse(then: Code, otherwise: Code): Code {
  return [0x04, I32, ...then, 0x05, ...otherwise, END];
}

/**
 * Runs `step` again and again until a `breakIf` in it ends that with a number of 32 bits; it leaves nothing on the stack.
 */
export function repeat(step: Code): Code {
  const [block, loop, nothing, again, unreachable] = [0x02, 0x03, 0x40, [0x0c, 0], 0x00];
  return [block, I32, loop, nothing, ...step, ...again, END, unreachable, END];
}

/** Ends a `repeat` with a number if the condition leaves another number than 0. */
export function breakIf(condition: Code, result: number): Code {
  const [breakOutOfTwo, drop] = [[0x0d, 1], 0x1a];
  return [...i32Const(result), ...condition, ...breakOutOfTwo, drop];
}

export const END = 0x0b;

export const I32_EQUAL: Code = [0x46];
export const I32_IS_ZERO: Code = [0x45];
export const I32_GREATER_UNSIGNED: Code = [0x4b];
export const I32_ADD: Code = [0x6a];
export const I32_SUBTRACT: Code = [0x6b];
export const I32_OR: Code = [0x72];
export const I64_ADD: Code = [0x7c];
export const I64_LESS_UNSIGNED: Code = [0x54];

/** Reads at the address on the stack and so many bytes after it; the second number is what the bytes are aligned to. */
export function loadByte(offset: number): Code {
  return [0x2d, 0, offset];
}

export function loadI32(offset: number): Code {
  return [0x28, 2, offset];
}

export function loadI64(offset: number): Code {
  return [0x29, 3, offset];
}

export function leb128(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

function signedLeb128(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const low = ((rest % 128) + 128) % 128;
    // The sign is bit 6 of the last byte.
    if (rest >= -64 && rest < 64) return [...bytes, low];
    bytes.push(low | 128);
  }
}
