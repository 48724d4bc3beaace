import { PortcullisError, type SourcePosition } from "../error.ts";
import type { BindingMatch, PolicyBinding } from "../policy/binding.ts";
import type { Policy } from "../policy/policy.ts";
import {
  VALIDATION_RULES,
  type Enforcement,
  type FailurePolicy,
  type Updates,
  type ValidationRule,
} from "../policy/rule.ts";
import { globMatches } from "./glob.ts";
import { overlap, parseResourcePattern } from "./resource-pattern.ts";
import { bindingParameters, effectiveParameters } from "./parameters.ts";

/** A binding and where it was read, for messages. `text` is its exact JSON: parameters keep their digits. */
export interface LoadedBinding {
  readonly binding: PolicyBinding;
  readonly text: string;
  readonly position: SourcePosition;
}

/** One policy under one binding (or under its METADATA alone): everything that does not depend on the request. */
export interface BoundPolicy {
  readonly policy: Policy;
  readonly binding: string | undefined;
  readonly enforcement: Enforcement;
  readonly failurePolicy: FailurePolicy;
  /** That of the `patch` rule: `Ignore`, unless the binding itself says `Fail`. */
  readonly patchFailurePolicy: FailurePolicy;
  readonly updates: Updates;
  /** JSON text of `input.parameters`: the policy's defaults with the binding's values over them. */
  readonly parameters: string;
  readonly match: BindingMatch;
  /** The rules that find violations, by what their findings lead to. */
  readonly groups: readonly RuleGroup[];
}

/** The rules of a policy that have one enforcement, in the order in which they are evaluated. */
interface RuleGroup {
  readonly enforcement: Enforcement;
  readonly rules: readonly { readonly rule: ValidationRule; readonly entrypoint: string }[];
}

const EVERYTHING: BindingMatch = { excludedNamespaces: [] };

/**
 * Applies every policy once for each binding that names it, or with its METADATA if none does, in the order of the
 * policies' ids and the bindings' names. Throws BINDING_UNKNOWN_POLICY, BINDING_DUPLICATE,
 * BINDING_INVALID or PARAMETERS_INVALID.
 */
export function bindPolicies(
  policies: readonly Policy[],
  bindings: readonly LoadedBinding[],
): readonly BoundPolicy[] {
  const sorted = bindings.toSorted((a, b) => compareText(a.binding.metadata.name, b.binding.metadata.name));
  checkNames(sorted, policies);
  return policies
    .toSorted((a, b) => compareText(a.id, b.id))
    .flatMap((policy) => {
      const naming = sorted.filter((loaded) => names(loaded, policy));
      return naming.length === 0 ? [unbound(policy)] : naming.map((binding) => bind(policy, binding));
    });
}

/** For messages: several bindings of one policy are told apart. */
export function nameOf({ policy, binding }: Pick<BoundPolicy, "policy" | "binding">): string {
  return binding === undefined ? policy.id : `${policy.id} (PolicyBinding ${binding})`;
}

/** Code unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Whether a binding applies a policy. One that names it but could never match a request that the policy understands
 * would switch the policy off without a word: by its id that is an error; a pattern then does not mean this policy.
 */
function names({ binding, position }: LoadedBinding, policy: Policy): boolean {
  const { policies, match } = binding.spec;
  const naming = policies.filter((pattern) => globMatches(pattern, policy.id));
  if (naming.length === 0) return false;
  const conflict = neverMatches(policy, match);
  if (conflict === undefined) return true;
  if (!naming.includes(policy.id)) return false;
  throw new PortcullisError("BINDING_INVALID", {
    message: `The PolicyBinding ${binding.metadata.name} can never apply the policy ${policy.id}: ${conflict}.`,
    remedy: "Correct `spec.match`, or take the policy out of this binding.",
    position,
  });
}

/** Why no request fits both the policy's METADATA and the binding's match, or undefined. */
function neverMatches({ metadata }: Policy, { resources, operations }: BindingMatch): string | undefined {
  const understood = metadata.match;
  if (understood === undefined) return undefined;
  const narrowed = resources?.map(parseResourcePattern);
  const patterns = understood.resources.map(parseResourcePattern);
  if (narrowed !== undefined && !narrowed.some((one) => patterns.some((other) => overlap(one, other)))) {
    return `it is for ${understood.resources.join(", ")}, the binding for ${(resources ?? []).join(", ")}`;
  }
  if (
    operations !== undefined &&
    !operations.some((operation) => understood.operations.includes(operation))
  ) {
    return `it is for ${understood.operations.join(", ")}, the binding for ${operations.join(", ")}`;
  }
  return undefined;
}

function checkNames(sorted: readonly LoadedBinding[], policies: readonly Policy[]): void {
  for (const [index, { binding, position }] of sorted.entries()) {
    const { name } = binding.metadata;
    const previous = sorted[index - 1];
    if (previous !== undefined && previous.binding.metadata.name === name) {
      throw new PortcullisError("BINDING_DUPLICATE", {
        message: `Two PolicyBindings are named ${name}: here and in ${previous.position.file}:${previous.position.line ?? 1}.`,
        remedy: "Give each PolicyBinding a name of its own.",
        position,
      });
    }
    for (const pattern of binding.spec.policies) checkPattern(pattern, policies, { name, position });
  }
}

function checkPattern(
  pattern: string,
  policies: readonly Policy[],
  binding: { readonly name: string; readonly position: SourcePosition },
): void {
  if (policies.some(({ id }) => globMatches(pattern, id))) return;
  throw new PortcullisError("BINDING_UNKNOWN_POLICY", {
    message: `The PolicyBinding ${binding.name} names ${pattern}, but no policy of the bundle has such an id.`,
    remedy: `Use one of these: ${policies.map(({ id }) => id).join(", ")}; or a pattern such as pod-security/*.`,
    position: binding.position,
  });
}

function unbound(policy: Policy): BoundPolicy {
  const { enforcement } = policy.metadata;
  return {
    policy,
    binding: undefined,
    enforcement,
    failurePolicy: defaultFailurePolicy(enforcement),
    patchFailurePolicy: "Ignore",
    updates: policy.metadata.updates,
    parameters: effectiveParameters(policy, { text: "{}", where: "in its METADATA" }),
    match: EVERYTHING,
    groups: ruleGroups(policy, enforcement),
  };
}

/** A `warn` rule warns, whatever the binding says. */
function ruleGroups({ entrypoints }: Policy, enforcement: Enforcement): readonly RuleGroup[] {
  const defined = VALIDATION_RULES.flatMap((rule) => {
    const entrypoint = entrypoints[rule];
    return entrypoint === undefined ? [] : [{ rule, entrypoint }];
  });
  const byEnforcement = Map.groupBy(defined, ({ rule }) => (rule === "warn" ? "warn" : enforcement));
  return [...byEnforcement].map(([each, rules]) => ({ enforcement: each, rules }));
}

function bind(policy: Policy, loaded: LoadedBinding): BoundPolicy {
  const { spec, metadata } = loaded.binding;
  const enforcement = spec.enforcement ?? policy.metadata.enforcement;
  const { text, position } = loaded;
  const given = { text, where: `in the PolicyBinding ${metadata.name}`, position };
  return {
    policy,
    binding: metadata.name,
    enforcement,
    failurePolicy: spec.failurePolicy ?? defaultFailurePolicy(enforcement),
    patchFailurePolicy: spec.failurePolicy ?? "Ignore",
    updates: spec.updates ?? policy.metadata.updates,
    parameters: effectiveParameters(policy, { ...given, text: bindingParameters(given) }),
    match: spec.match,
    groups: ruleGroups(policy, enforcement),
  };
}

function defaultFailurePolicy(enforcement: Enforcement): FailurePolicy {
  return enforcement === "deny" ? "Fail" : "Ignore";
}
