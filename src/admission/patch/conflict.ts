import { PortcullisError } from "../../error.ts";
import { nameOf, type BoundPolicy } from "../bound-policy.ts";
import { diff } from "./diff.ts";
import { isList, valueAt } from "./json.ts";
import type { ObjectVersion } from "./object-version.ts";
import { formatPointer, parsePointer, type Pointer } from "./pointer.ts";

/** That a policy changed the object, and in which round. */
export interface Write {
  readonly bound: BoundPolicy;
  readonly round: number;
  readonly before: ObjectVersion;
  readonly after: ObjectVersion;
}

/** As many paths as a person needs to see what the policies fight for. */
const SHOWN_PATHS = 3;

/**
 * The policies that keep the object from coming to rest, with an error for each: those that changed, after the round
 * `since`, a path that still changed in the last. Whoever only set it before took no part in the fight.
 */
export function conflictErrors(
  writes: readonly Write[],
  rounds: number,
  since: number,
): ReadonlyMap<BoundPolicy, { readonly kind: "error"; readonly error: PortcullisError }> {
  const again = writes
    .filter(({ round }) => round > since)
    .map((write) => ({ ...write, paths: changedPaths(write) }));
  const flapping = again.filter(({ round }) => round === rounds).flatMap(({ paths }) => paths);
  const exact = new Set(flapping.map(formatPointer));
  const above = new Set(flapping.flatMap(prefixes));
  const involved = again.filter(({ paths }) =>
    paths.some((path) => above.has(formatPointer(path)) || prefixes(path).some((text) => exact.has(text))),
  );
  const policies = [...new Set(involved.map(({ bound }) => bound))];
  const texts = [...exact].sort();
  return new Map(
    policies.map((bound) => [
      bound,
      {
        kind: "error",
        error: conflict(
          bound,
          policies.filter((other) => other !== bound),
          { texts, rounds },
        ),
      },
    ]),
  );
}

/** An item that comes or goes moves the others, so then it is the list that was changed. */
function changedPaths({ before, after }: Write): readonly Pointer[] {
  return diff(before.value, after.value).map(({ op, path }) => {
    const pointer = parsePointer(path) ?? [];
    const parent = pointer.slice(0, -1);
    return op !== "replace" && isList(valueAt(after.value, parent)) ? parent : pointer;
  });
}

/** The path and all that lie above it, as texts: a change of one is a change of the others. */
function prefixes(path: Pointer): readonly string[] {
  const texts = [""];
  for (const token of path) texts.push((texts.at(-1) ?? "") + formatPointer([token]));
  return texts;
}

function conflict(
  bound: BoundPolicy,
  others: readonly BoundPolicy[],
  { texts, rounds }: { readonly texts: readonly string[]; readonly rounds: number },
): PortcullisError {
  const more = texts.length > SHOWN_PATHS ? ` and ${texts.length - SHOWN_PATHS} more` : "";
  const paths = `${texts.slice(0, SHOWN_PATHS).join(", ")}${more}`;
  const whom = others.length === 0 ? "by itself" : `together with ${others.map(nameOf).join(" and ")}`;
  return new PortcullisError("PATCH_CONFLICT", {
    message: `The patches of ${nameOf(bound)} come to no end ${whom}: after ${rounds} rounds ${paths} still changes.`,
    remedy:
      others.length === 0
        ? `Let the rule say nothing once the object is as it should be (${bound.policy.file}).`
        : "Let only one of them decide this field, or narrow where they apply with a PolicyBinding.",
  });
}
