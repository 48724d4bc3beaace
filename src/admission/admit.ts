import type { Engine, EvaluationCall } from "../engine/index.ts";
import { inputAdapter } from "../policy/input/input.ts";
import { decide } from "./decide.ts";
import type { Decision, Stage } from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import { exemptionGuard } from "./exemption-guard.ts";
import { exclusionOf, matchingPolicies } from "./match.ts";
import { notedEngine } from "./notes.ts";
import { oldObjectOf } from "./old-object.ts";
import type { Outcome } from "./outcome.ts";
import { mutate, UNMUTATED, withObject } from "./patch/mutate.ts";
import { requestDocuments, type AdmissionRequest } from "./request.ts";
import { selfProbe } from "./self-probe.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a decision depends on besides the request. */
export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly engine: Engine;
}

/**
 * The flow, whole: every consumer (server, `eval`, tests) decides by calling this.
 *
 *   request ─► match ─► settle ─► evaluate ─► decide ─► Decision
 */
export function admit(
  request: AdmissionRequest,
  stage: Stage,
  surroundings: Surroundings,
  call: EvaluationCall,
): Decision {
  const { snapshot } = surroundings;
  const judgement = { request, stage, revision: snapshot.revision };
  const exclusion = exclusionOf(request, snapshot);
  const probe = selfProbe(request);
  if (exclusion !== undefined || probe !== undefined) {
    const outcomes = stage === "mutate" ? [] : (probe ?? exemptionGuard(request, snapshot.exclusions));
    return decide({ ...judgement, exclusion, mutated: UNMUTATED, outcomes });
  }

  const noted = notedEngine(surroundings.engine);
  const { engine } = noted;
  const mutated = stage === "validate" ? UNMUTATED : mutate(request, snapshot, { engine, call });
  const outcomes =
    stage === "mutate" ? [] : validate(withObject(request, mutated), { snapshot, engine }, call);

  return decide({ ...judgement, exclusion, mutated, outcomes, notes: noted.notes(snapshot) });
}

/** Matches anew what was mutated: an API server, too, selects by the object that it is about to send. */
function validate(
  request: AdmissionRequest,
  { snapshot, engine }: Surroundings,
  call: EvaluationCall,
): readonly Outcome[] {
  const documents = requestDocuments(request, snapshot.namespaces.get(request.namespace)?.document);
  const means = {
    input: inputAdapter(documents),
    session: engine.open(call),
    old: oldObjectOf(request, documents),
  };
  return [
    ...exemptionGuard(request, snapshot.exclusions),
    ...evaluate(matchingPolicies(request, snapshot), means),
  ];
}
