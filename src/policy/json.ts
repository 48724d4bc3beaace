/** A value as `JSON.parse` gives it. Numbers may be rounded: what must be exact is kept as text (`InputDocument`). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member of an object: `constructor` and `__proto__` are keys like any other. */
export function member(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** An own member that is an object itself, or undefined. */
export function objectMember(object: JsonObject | null | undefined, key: string): JsonObject | undefined {
  const value = object === null || object === undefined ? undefined : member(object, key);
  return isJsonObject(value) ? value : undefined;
}

/** An own member that is a string, or undefined. */
export function stringMember(object: JsonObject | null | undefined, key: string): string | undefined {
  const value = object === null || object === undefined ? undefined : member(object, key);
  return typeof value === "string" ? value : undefined;
}
