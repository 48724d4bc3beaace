/** Why something of Go's cannot be had: a sentence without its end, to which a caller adds another way. */
export class GoError extends Error {
  override readonly name = "GoError";
}
