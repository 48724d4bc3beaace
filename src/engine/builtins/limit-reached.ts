/**
 * A builtin would compute for too long, or what the engine cannot hold, where OPA has no such limit. Ends the evaluation as
 * a policy error: an expression that is merely undefined would let an object in. `message` says what the builtin would
 * do, as in `would give more than 65,536 addresses`; it has no value of the input.
 */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
}
