import type { Builtins } from "./builtin.ts";
import { integerValue } from "./builtin.ts";

/** v1/topdown/time.go: one clock value for a whole request, so that the answer can be repeated. */
export const TIME: Builtins = {
  "time.now_ns": (_args, call) => integerValue(call.now),
};
