/** Why a policy's patches cannot be used: `shape`, they are no patch objects; `apply`, they do not fit the object. */
export class PatchFailure extends Error {
  override readonly name = "PatchFailure";
  readonly reason: "shape" | "apply";

  constructor(reason: PatchFailure["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
