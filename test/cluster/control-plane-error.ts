/** Why there is no local control plane: one sentence that says what happened, and what to do next. */
export class ControlPlaneError extends Error {
  override readonly name = "ControlPlaneError";
}
