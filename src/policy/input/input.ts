import type { InputDocument } from "../../engine/index.ts";
import type { InputContract } from "../rule.ts";
import { admissionInput, admissionRequest } from "./admission.ts";
import type { RequestDocuments } from "./documents.ts";
import { gatekeeperInput, gatekeeperReview } from "./gatekeeper.ts";
import { objectInput } from "./object.ts";

/** Gives the `input` of a policy for one request: by the contract and, as JSON text, its parameters. */
export type InputAdapter = (contract: InputContract, parameters: string) => InputDocument;

/** The adapter of one request. What contracts share is made once, so that the engine parses it once. */
export function inputAdapter(documents: RequestDocuments): InputAdapter {
  const request = admissionRequest(documents);
  const review = gatekeeperReview(documents);
  const inputOf: InputAdapter = (contract, parameters) => {
    switch (contract) {
      case "admission":
        return admissionInput(request, documents.namespaceObject, parameters);
      case "gatekeeper":
        return gatekeeperInput(review, parameters);
      case "object":
        return objectInput(documents);
    }
  };
  const withoutParameters = new Map<InputContract, InputDocument>();
  return (contract, parameters) => {
    if (parameters !== NO_PARAMETERS) return inputOf(contract, parameters);
    const known = withoutParameters.get(contract);
    if (known !== undefined) return known;
    const made = inputOf(contract, parameters);
    // The bare object is shared already, with the contracts that hold it.
    const input = made.shared ? made : { ...made, shared: true };
    withoutParameters.set(contract, input);
    return input;
  };
}

/** Most policies have none: their whole input is one value, which the engine makes once. */
const NO_PARAMETERS = "{}";
