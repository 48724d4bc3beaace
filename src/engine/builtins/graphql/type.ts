import type { Type } from "./ast.ts";
import { required } from "./limits.ts";

// ast/type.go

/** The name of a type, or of what a list is of. */
export function nameOf(type: Type | undefined): string {
  let inner = required(type);
  while (inner.NamedType === "") inner = required(inner.Elem);
  return inner.NamedType;
}

/** Whether what has one type may stand where the other is expected. */
export function isCompatible(type: Type, expected: Type): boolean {
  if (type.NamedType !== expected.NamedType) return false;
  if (type.Elem !== undefined && (expected.Elem === undefined || !isCompatible(type.Elem, expected.Elem)))
    return false;
  return !expected.NonNull || type.NonNull;
}
