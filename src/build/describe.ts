import type { PolicyMatch } from "../policy/metadata.ts";
import type { Policy } from "../policy/policy.ts";
import type { InputContract } from "../policy/rule.ts";
import type { Note } from "./built-manifest.ts";
import { entrypointsOf } from "./compile.ts";
import { inferUpdates } from "./infer-updates.ts";
import { inferMatch, inferOperations, operationsToAskFor } from "./infer-match.ts";
import type { DeclaredMetadata } from "./metadata.ts";
import type { PolicyPackage } from "./policy-package.ts";
import { formatPackage, type ParsedFile } from "./syntax.ts";

interface Described {
  readonly policy: PolicyPackage;
  readonly declared: DeclaredMetadata;
}

/** The policies as the bundle's manifest lists them: what their authors declared and, where they did not, what was found. */
export function describePolicies(
  described: readonly Described[],
  contracts: ReadonlyMap<string, InputContract>,
  files: readonly ParsedFile[],
): readonly Policy[] {
  return described.map(({ policy, declared }) => {
    const contract = declared.input ?? contracts.get(policy.id);
    if (contract === undefined) throw new Error(`the contract of ${policy.id} was not looked for`);
    const match = matchOf({ policy, declared });
    return {
      id: policy.id,
      package: formatPackage(policy.parts),
      file: declared.file,
      entrypoints: entrypointsOf(policy),
      contract,
      metadata: {
        ...declared.metadata,
        updates: declared.updates ?? inferUpdates(policy, files),
        ...(match === undefined ? {} : { match }),
      },
    };
  });
}

function matchOf({ policy, declared }: Described): PolicyMatch | undefined {
  const match = declared.metadata.match ?? inferMatch(policy);
  if (match === undefined || declared.hasOperations) return match;
  return { ...match, operations: inferOperations(policy) ?? match.operations };
}

/** What the authors should know of policies that build and yet may never run. */
export function notesOn(described: readonly Described[]): readonly Note[] {
  return described.flatMap(({ policy, declared }) => {
    const { file, hasOperations } = declared;
    const match = matchOf({ policy, declared });
    const unseen = operationsToAskFor(policy).filter((operation) => !match?.operations.includes(operation));
    const unmatched = `it cannot be told which resources ${policy.id} is for; a binding must name them, or METADATA under custom.match.resources.`;
    const unasked = `${policy.id} tests for the operation ${unseen.join(" and ")}, which it does not see; METADATA must list it under custom.match.operations, beside custom.match.resources.`;
    return [
      ...(match === undefined ? [{ file, text: unmatched }] : []),
      ...(unseen.length > 0 && !hasOperations ? [{ file, text: unasked }] : []),
    ];
  });
}
