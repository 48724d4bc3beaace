import type { Engine, EvaluationCall } from "../engine/engine.ts";
import { inputAdapter } from "../policy/input/input.ts";
import { decide } from "./decide.ts";
import type { Decision, Stage } from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import { exclusionOf, matchingPolicies } from "./match.ts";
import { requestDocuments, type AdmissionRequest } from "./request.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a decision depends on besides the request. */
export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly engine: Engine;
}

/**
 * The flow, whole: every consumer (server, `eval`, tests) decides by calling this.
 *
 *   request ─► match ─► evaluate ─► decide ─► Decision
 */
export function admit(
  request: AdmissionRequest,
  stage: Stage,
  { snapshot, engine }: Surroundings,
  call: EvaluationCall,
): Decision {
  const { revision } = snapshot;
  const exclusion = exclusionOf(request, snapshot);
  if (exclusion !== undefined) return decide({ request, stage, revision, exclusion, outcomes: [] });

  const matches = matchingPolicies(request, snapshot);
  const input = inputAdapter(requestDocuments(request, snapshot.namespaces.get(request.namespace)?.document));
  const outcomes = evaluate(matches, input, engine.open(call));

  return decide({ request, stage, revision, exclusion, outcomes });
}
