import type { GroupVersionKind } from "../admission/request.ts";
import { kindsNamed, resourceOf } from "../policy/kinds.ts";

/**
 * What `eval` cannot do as the API server does: convert an object of an old or unknown version to the one that a policy
 * knows (`matchPolicy: Equivalent`). Empty for versions that are served and for custom resources.
 */
export function unknownVersionNote({ group, version, kind }: GroupVersionKind): readonly string[] {
  const served = servedVersions(group, kind);
  if (served === undefined || served.includes(version)) return [];
  const given = group === "" ? version : `${group}/${version}`;
  return [
    `${given} is no version of ${kind} that Kubernetes serves (${served.join(", ")}): the API server would refuse or convert it, eval judges it as written`,
  ];
}

/** Undefined for custom resources. The groups of custom resources have a dot; `extensions` and other old groups do not. */
function servedVersions(group: string, kind: string): readonly string[] | undefined {
  const known = resourceOf(group, kind);
  if (known !== undefined) return known.versions;
  const elsewhere = group.includes(".") ? [] : kindsNamed(kind);
  if (elsewhere.length === 0) return undefined;
  return elsewhere.flatMap((type) =>
    type.versions.map((version) => (type.group === "" ? version : `${type.group}/${version}`)),
  );
}
