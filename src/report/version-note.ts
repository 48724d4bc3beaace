import type { GroupVersionKind } from "../admission/request.ts";
import { resourceOf } from "../policy/kinds.ts";

/**
 * What `eval` cannot do as the API server does: convert an object of an old or unknown version to the one that a policy
 * knows (`matchPolicy: Equivalent`). Empty for versions that are served and for custom resources.
 */
export function unknownVersionNote({ group, version, kind }: GroupVersionKind): readonly string[] {
  const known = resourceOf(group, kind);
  if (known === undefined || known.versions.includes(version)) return [];
  return [
    `${group === "" ? "" : `${group}/`}${version} is no version of ${kind} that Kubernetes serves (${known.versions.join(", ")}): the API server would refuse or convert it, eval judges it as written`,
  ];
}
