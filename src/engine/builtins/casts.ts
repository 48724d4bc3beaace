import { RegoObject, type RegoValue } from "../value.ts";
import { type Builtin, type Builtins, itemsOf, setValue } from "./builtin.ts";

/** v1/topdown/casts.go: functions of version 0 of Rego that only tell types apart, but for arrays and sets. */
export const CASTS: Builtins = {
  cast_array: ([value]) => itemsOf(value),
  cast_set: ([value]) => {
    const items = itemsOf(value);
    return items && setValue(items);
  },
  cast_string: only((value) => typeof value === "string"),
  cast_boolean: only((value) => typeof value === "boolean"),
  cast_null: only((value) => value === null),
  cast_object: only((value) => value instanceof RegoObject),
};

function only(isOfType: (value: RegoValue) => boolean): Builtin {
  return ([value]) => (value !== undefined && isOfType(value) ? value : undefined);
}
