import type { Exclusion } from "../admission/decision.ts";

/** Why policies were not asked about an object, as a sentence. */
export function describeExclusion(exclusion: Exclusion): string {
  switch (exclusion.kind) {
    case "namespace":
      return exclusion.pattern === exclusion.namespace
        ? `not evaluated: the namespace ${exclusion.namespace} is excluded`
        : `not evaluated: the namespace ${exclusion.namespace} is excluded by the pattern ${exclusion.pattern}`;
    case "namespace-label":
      return `not evaluated: the namespace ${exclusion.namespace} is excluded by its label ${exclusion.label}`;
    case "user":
      return `not evaluated: the user ${exclusion.user} is excluded`;
  }
}
