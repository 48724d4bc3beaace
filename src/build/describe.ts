import type { Policy } from "../policy/policy.ts";
import type { InputContract } from "../policy/rule.ts";
import { entrypointsOf } from "./compile.ts";
import { inferMatch } from "./infer-match.ts";
import type { DeclaredMetadata } from "./metadata.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { formatPackage } from "./syntax.ts";

interface Described {
  readonly policy: PolicyPackage;
  readonly declared: DeclaredMetadata;
}

/** The policies as the bundle's manifest lists them: what their authors declared and, where they did not, what was found. */
export function describePolicies(
  described: readonly Described[],
  contracts: ReadonlyMap<string, InputContract>,
): readonly Policy[] {
  return described.map(({ policy, declared }) => {
    const contract = declared.input ?? contracts.get(policy.id);
    if (contract === undefined) throw new Error(`the contract of ${policy.id} was not looked for`);
    const match = declared.metadata.match ?? inferMatch(policy);
    return {
      id: policy.id,
      package: formatPackage(policy.parts),
      file: declared.file,
      entrypoints: entrypointsOf(policy),
      contract,
      metadata: { ...declared.metadata, ...(match === undefined ? {} : { match }) },
    };
  });
}
