import { finding, lookFailed, notChecked, type Finding } from "../findings/finding.ts";
import type { Facts } from "../observe/observation.ts";

/** Whether servers can load what the cluster has. */
export function checkBindings({ bindings, expected }: Facts): readonly Finding[] {
  if (bindings.kind !== "seen")
    return [lookFailed("bindings", "The resource policybindings.policy.portcullis.dev", bindings)];
  if (bindings.value === undefined)
    return expected.kind === "known"
      ? []
      : [notChecked("bindings", "Whether the PolicyBindings can be loaded", expected.reason)];
  const { message, remedy, position, code } = bindings.value;
  return [
    finding("binding-invalid", {
      message: `${position === undefined ? "" : `${position.file}: `}${message} [${code}]`,
      fix: remedy,
      command: "kubectl get policybindings.policy.portcullis.dev",
    }),
  ];
}
