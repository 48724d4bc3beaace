import { readImports, type WasmImport } from "../wasm-imports.ts";
import { WasmReader } from "../wasm-reader.ts";

export const MAGIC_AND_VERSION = 8;

/** Numbers of sections and of the part of the custom section `name` that names functions (specification, 5.5.2, 7.4.1). */
const CUSTOM = 0;
const IMPORTS = 2;
export const FUNCTIONS = 3;
export const CODE = 10;
const FUNCTION_NAMES = 1;

interface WasmSection {
  readonly id: number;
  readonly content: Uint8Array;
}

/** What has to be known of a module to change its functions. */
export interface WasmModuleText {
  readonly sections: readonly WasmSection[];
  /** In the order of their numbers; numbers of the module's own functions follow. */
  readonly importedFunctions: readonly string[];
  /** The type and the code of the module's own functions. */
  readonly types: readonly number[];
  readonly bodies: readonly Uint8Array[];
  /** Numbers of functions by their names; of two with one name the first, as OPA's compiler has it. */
  readonly names: ReadonlyMap<string, number>;
}

const decoder = new TextDecoder();

/** Throws RangeError if the bytes are no module that can be read. */
export function readModule(wasm: Uint8Array): WasmModuleText {
  const sections = readSections(wasm);
  const content = (id: number): WasmReader =>
    new WasmReader(sections.find((section) => section.id === id)?.content ?? Uint8Array.of(0));
  const functions = content(FUNCTIONS);
  const code = content(CODE);
  return {
    sections,
    importedFunctions: readImports(content(IMPORTS)).flatMap(nameOfFunction),
    types: functions.list(() => functions.unsigned()),
    bodies: code.list(() => code.bytes()),
    names: new Map(sections.flatMap(functionNames).toReversed()),
  };
}

function readSections(wasm: Uint8Array): readonly WasmSection[] {
  const reader = new WasmReader(wasm, MAGIC_AND_VERSION);
  const sections: WasmSection[] = [];
  while (!reader.isAtEnd()) sections.push({ id: reader.byte(), content: reader.bytes() });
  return sections;
}

function nameOfFunction(entry: WasmImport): readonly string[] {
  return entry.kind === "function" ? [entry.name] : [];
}

function functionNames({ id, content }: WasmSection): readonly (readonly [string, number])[] {
  const reader = new WasmReader(content);
  if (id !== CUSTOM || decoder.decode(reader.bytes()) !== "name") return [];
  while (!reader.isAtEnd()) {
    const part = reader.byte();
    const names = new WasmReader(reader.bytes());
    if (part !== FUNCTION_NAMES) continue;
    return names.list(() => {
      const index = names.unsigned();
      return [decoder.decode(names.bytes()), index] as const;
    });
  }
  return [];
}
