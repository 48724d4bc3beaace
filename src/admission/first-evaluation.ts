import type { EvaluationCall } from "../engine/engine.ts";
import { inputAdapter } from "../policy/input/input.ts";
import type { Surroundings } from "./admit.ts";
import { evaluate } from "./evaluate.ts";
import type { Outcome } from "./outcome.ts";
import { requestDocuments, type RequestTexts } from "./request.ts";

const OBJECT =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"first-evaluation","namespace":"default"}}';

/** A request that no policy can take offence at by its shape: the least that an API server sends. */
const TEXTS: RequestTexts = {
  head:
    '{"uid":"first-evaluation","kind":{"group":"","version":"v1","kind":"Pod"},' +
    '"resource":{"group":"","version":"v1","resource":"pods"},"name":"first-evaluation","namespace":"default",' +
    '"operation":"CREATE","userInfo":{"username":"portcullis","groups":[]},"dryRun":true}',
  object: OBJECT,
  oldObject: null,
};

/**
 * Evaluates every policy under every binding once, whether it matches or not, and gives what failed, so that somebody
 * hears of it before the first request does.
 */
export function firstEvaluation(
  { snapshot, engine }: Surroundings,
  call: EvaluationCall,
): readonly Extract<Outcome, { kind: "error" }>[] {
  const everything = snapshot.policies.map(({ bound }) => ({ bound, match: { kind: "match" } as const }));
  const input = inputAdapter(requestDocuments({ texts: TEXTS }, undefined));
  return evaluate(everything, input, engine.open(call)).filter((outcome) => outcome.kind === "error");
}
