import type { Decision } from "../admission/decision.ts";
import type { Mutation } from "../admission/patch/mutation.ts";

/** Why patches that somebody may expect are not there; one line each. */
export function mutationNotes({
  unpatchable,
  mutations,
}: Pick<Decision, "unpatchable"> & {
  readonly mutations: readonly Pick<Mutation, "policy" | "kind">[];
}): readonly string[] {
  const held = mutations.filter(({ kind }) => kind === "held").map(({ policy }) => policy);
  return [
    ...(unpatchable === "deletion" ? ["Not patched: the object is being deleted."] : []),
    ...(unpatchable === "mirror-pod" ? ["Not patched: a mirror Pod only shows what its kubelet runs."] : []),
    ...(held.length === 0
      ? []
      : [
          `The patches of ${[...new Set(held)].join(", ")} are held back: they would touch a pod template, or the spec of a Pod, that this update leaves as it is or that the API server does not let be changed.`,
        ]),
  ];
}
