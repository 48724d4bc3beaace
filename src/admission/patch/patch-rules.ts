import type { Engine, EvaluationCall, EvaluationSession, RegoValue } from "../../engine/index.ts";
import { inputAdapter, type InputAdapter } from "../../policy/input/input.ts";
import type { BoundPolicy } from "../bound-policy.ts";
import { requestDocuments, type AdmissionRequest } from "../request.ts";
import type { Snapshot } from "../snapshot.ts";
import { isHeld, type HeldRequest } from "./hold.ts";
import { ObjectVersion } from "./object-version.ts";
import { readPatchObjects, type PatchObject } from "./patch-object.ts";
import type { SettleContext } from "./settle.ts";

/** What rules and guards need of a request. */
type PatchedRequest = Pick<
  AdmissionRequest,
  "operation" | "resource" | "subResource" | "namespace" | "texts"
>;

/** With what rules are run. */
export interface RuleSurroundings {
  readonly engine: Engine;
  readonly call: EvaluationCall;
}

/** The engine on one version of the object. */
interface OpenVersion {
  readonly version: ObjectVersion;
  readonly session: EvaluationSession;
  readonly input: InputAdapter;
}

/** What `settle` needs of the outside: `patch` rules run on the engine, one session for each version of the object. */
export class PatchRules implements SettleContext {
  readonly #request: PatchedRequest;
  readonly #held: HeldRequest;
  readonly #snapshot: Snapshot;
  readonly #open: () => EvaluationSession;
  readonly #seconds = new Map<BoundPolicy, number>();
  #current: OpenVersion | undefined;

  constructor(request: PatchedRequest, snapshot: Snapshot, { engine, call }: RuleSurroundings) {
    this.#request = request;
    const { texts, ...rest } = request;
    this.#held = { ...rest, object: versionOf(texts.object), oldObject: versionOf(texts.oldObject) };
    this.#snapshot = snapshot;
    this.#open = () => engine.open(call);
  }

  readonly run = (bound: BoundPolicy, version: ObjectVersion): readonly PatchObject[] => {
    const { session, input } = this.#at(version);
    const { policy, parameters } = bound;
    const entrypoint = policy.entrypoints.patch;
    if (entrypoint === undefined) return [];
    const result = session.evaluate(entrypoint, input(policy.contract, parameters));
    this.#seconds.set(bound, this.seconds(bound) + result.seconds);
    if (result.kind === "error") throw result.error;
    return readPatchObjects(result.value);
  };

  readonly seconds = (bound: BoundPolicy): number => this.#seconds.get(bound) ?? 0;

  readonly isHeld = (before: RegoValue, after: RegoValue): boolean => isHeld(this.#held, before, after);

  /** A new version needs a new session: values that were parsed are shared and read-only. */
  #at(version: ObjectVersion): OpenVersion {
    if (this.#current?.version !== version) {
      const texts = { ...this.#request.texts, object: version.text };
      const namespaceObject = this.#snapshot.namespaces.get(this.#request.namespace)?.document;
      const input = inputAdapter(requestDocuments({ texts }, namespaceObject));
      this.#current = { version, session: this.#open(), input };
    }
    return this.#current;
  }
}

/** Parsed when it is first looked at, and then no more. */
function versionOf(text: string | null | undefined): ObjectVersion | undefined {
  return typeof text === "string" ? new ObjectVersion(text) : undefined;
}
