/**
 * A value as it stands in a source: JSON with the places of everything. Offsets count UTF-16 units of the file.
 * Values are shared where YAML aliases share them.
 */
export type Value = Scalar | Sequence | Mapping;

/** Numbers of a JSON source are `float` whatever their digits; only YAML tells them apart, for keys. */
export type ScalarType = "string" | "int" | "uint" | "float" | "bool" | "null";

/** `text` is the string itself, else the JSON text. */
export interface Scalar {
  readonly kind: "scalar";
  readonly start: number;
  readonly type: ScalarType;
  readonly text: string;
}

export interface Sequence {
  readonly kind: "sequence";
  readonly start: number;
  readonly items: readonly Value[];
}

export interface Mapping {
  readonly kind: "mapping";
  readonly start: number;
  readonly members: ReadonlyMap<string, Member>;
}

export interface Member {
  readonly keyStart: number;
  readonly value: Value;
}

/** The text of a string member, or undefined. */
export function stringAt(mapping: Mapping, key: string): string | undefined {
  const value = mapping.members.get(key)?.value;
  return value?.kind === "scalar" && value.type === "string" ? value.text : undefined;
}
