import { BUILT_IN_KINDS, kindsNamed, qualifiedResource, resourceOf } from "./kinds.ts";
import { ResourceName } from "./metadata.ts";
import { suggestion } from "./nearest.ts";

/** The resources that a name in `match` stands for, or what is wrong with it. */
export type ResolvedResource = { readonly names: readonly string[] } | { readonly problem: string };

/**
 * Resolves what an author may write in `match.resources`: a resource (`deployments.apps`, `pods/exec`, `*`) or the
 * kind of a built-in type (`Deployment`, `Deployment.apps`, `Pod/exec`). A kind without a group is every built-in
 * type of that name.
 */
export function resolveResource(name: string): ResolvedResource {
  const resolved = /^[A-Z]/.test(name) ? resolveKind(name) : checkCoreResource(name);
  if ("problem" in resolved) return resolved;
  const bad = resolved.names.find((text) => !ResourceName.safeParse(text).success);
  return bad === undefined
    ? resolved
    : { problem: `\`${bad}\` is no resource such as pods, deployments.apps or pods/ephemeralcontainers.` };
}

function resolveKind(name: string): ResolvedResource {
  const [qualified = "", subresource] = name.split("/", 2);
  const dot = qualified.indexOf(".");
  const kind = dot === -1 ? qualified : qualified.slice(0, dot);
  const types =
    dot === -1
      ? kindsNamed(kind)
      : [resourceOf(qualified.slice(dot + 1), kind)].filter((type) => type !== undefined);
  if (types.length > 0) {
    const suffix = subresource === undefined ? "" : `/${subresource}`;
    return { names: types.map((type) => qualifiedResource(type) + suffix) };
  }
  const known = BUILT_IN_KINDS.map((type) =>
    dot === -1 || type.group === "" ? type.kind : `${type.kind}.${type.group}`,
  );
  const hint =
    suggestion(qualified, known) || ". For a custom resource write the resource, e.g. widgets.example.com.";
  return { problem: `\`${qualified}\` is no built-in kind${hint}` };
}

/** The core group cannot be extended, so a name without a group that is not in it would never match anything. */
function checkCoreResource(name: string): ResolvedResource {
  const [resource = ""] = name.split("/", 1);
  if (resource.includes(".") || resource === "*") return { names: [name] };
  if (BUILT_IN_KINDS.some((type) => type.group === "" && type.resource === resource))
    return { names: [name] };
  const elsewhere = BUILT_IN_KINDS.find((type) => type.resource === resource);
  const hint =
    elsewhere === undefined
      ? suggestion(resource, BUILT_IN_KINDS.map(qualifiedResource)) || "; a custom resource needs its group."
      : `; did you mean \`${qualifiedResource(elsewhere)}\`?`;
  return { problem: `\`${resource}\` is no resource of the core group${hint}` };
}
