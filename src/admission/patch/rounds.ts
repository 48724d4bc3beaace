import { compare } from "../../engine/index.ts";
import type { PortcullisError } from "../../error.ts";
import type { BoundPolicy } from "../bound-policy.ts";
import { conflictErrors, type Write } from "./conflict.ts";
import type { ObjectVersion } from "./object-version.ts";
import type { Step } from "./step.ts";

/**
 * After so many rounds the object is held never to come to rest. Policies that wait for each other need a round each, so
 * there are more than people write; those that undo each other are found as soon as an object comes a second time.
 */
const MAX_ROUNDS = 16;

/** Why a policy takes no part: its patches are applied all or none. */
export type Dropped =
  | Extract<Step, { readonly kind: "held" }>
  | { readonly kind: "error"; readonly error: PortcullisError };

/** `settled`: nobody changes anything any more. `undone`: a policy that had changed the object has to be left out. */
export type RoundsResult =
  | {
      readonly kind: "settled";
      readonly version: ObjectVersion;
      readonly patched: ReadonlySet<BoundPolicy>;
      readonly dropped: ReadonlyMap<BoundPolicy, Dropped>;
    }
  | { readonly kind: "undone"; readonly dropped: ReadonlyMap<BoundPolicy, Dropped> };

/** What has happened so far. */
interface Progress {
  readonly version: ObjectVersion;
  readonly writes: Write[];
  readonly dropped: Map<BoundPolicy, Dropped>;
}

/** Lets the policies patch the object in turn, each what the one before it left, until nothing changes. */
export function runRounds(
  policies: readonly BoundPolicy[],
  first: ObjectVersion,
  step: (bound: BoundPolicy, version: ObjectVersion) => Step,
): RoundsResult {
  const dropped = new Map<BoundPolicy, Dropped>();
  const writes: Write[] = [];
  const ends = [first];
  let version = first;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const before = version;
    for (const bound of policies.filter((each) => !dropped.has(each))) {
      const result = step(bound, version);
      const next = take({ bound, round, result }, { version, writes, dropped });
      if (next === undefined) return { kind: "undone", dropped: new Map([...dropped].slice(-1)) };
      version = next;
    }
    if (version === before) {
      return { kind: "settled", version, patched: new Set(writes.map(({ bound }) => bound)), dropped };
    }
    const { value } = version;
    const since = ends.findIndex((end) => compare(end.value, value) === 0);
    if (since !== -1) return { kind: "undone", dropped: conflictErrors(writes, round, since) };
    ends.push(version);
  }
  return { kind: "undone", dropped: conflictErrors(writes, MAX_ROUNDS, 1) };
}

/** The version after a step; undefined if a policy that had changed the object has to be left out. */
function take(
  { bound, round, result }: { readonly bound: BoundPolicy; readonly round: number; readonly result: Step },
  { version, writes, dropped }: Progress,
): ObjectVersion | undefined {
  if (result.kind === "unchanged") return version;
  if (result.kind === "changed") {
    writes.push({ bound, round, before: version, after: result.next });
    return result.next;
  }
  dropped.set(bound, result);
  return writes.some((write) => write.bound === bound) ? undefined : version;
}
