import type { PortcullisError } from "../error.ts";
import type { DecisionNotes } from "./notes.ts";
import type { AdmissionRequest } from "./request.ts";
import type { Finding, Outcome } from "./outcome.ts";
import type { Unpatchable } from "./patch/eligibility.ts";
import type { Mutation } from "./patch/mutation.ts";
import type { PatchOperation } from "./patch/operation.ts";

/** The kinds of a decision; also the label values of `portcullis_admission_requests_total{decision}`. */
export const DECISIONS = ["allow", "deny", "error"] as const;
export type DecisionKind = (typeof DECISIONS)[number];

/** The webhooks that an API server calls; also the label values of `{webhook}`. */
export const WEBHOOKS = ["mutate", "validate"] as const;
export type Webhook = (typeof WEBHOOKS)[number];

/** The stages of the flow (DESIGN section 2); `both` is for manifests, which no API server has mutated. */
export const STAGES = [...WEBHOOKS, "both"] as const;
export type Stage = (typeof STAGES)[number];

/** Why nothing was evaluated although policies might match. */
export type Exclusion =
  | { readonly kind: "namespace"; readonly namespace: string; readonly pattern: string }
  | { readonly kind: "namespace-label"; readonly namespace: string; readonly label: string }
  | { readonly kind: "user"; readonly user: string };

/** A policy that could not be evaluated, as decisions tell it. */
export interface PolicyError {
  readonly policy: string;
  readonly error: PortcullisError;
  readonly blocks: boolean;
}

/** The outcome for one request. Of the object it holds no more than what patches changed. */
export interface Decision {
  readonly kind: DecisionKind;
  readonly stage: Stage;
  readonly request: Pick<
    AdmissionRequest,
    "uid" | "operation" | "kind" | "resource" | "subResource" | "namespace" | "name" | "dryRun" | "userInfo"
  >;
  /** Revision of the bundle that decided. */
  readonly revision: string;
  readonly exclusion: Exclusion | undefined;
  readonly outcomes: readonly Outcome[];
  /** The findings of all outcomes without repetitions, in the order in which people read them. */
  readonly findings: readonly Finding[];
  readonly errors: readonly PolicyError[];
  /** What the `patch` rules came to; empty in stage `validate`. */
  readonly mutations: readonly Mutation[];
  /** From the object of the request to the object at rest; empty if nothing was changed. */
  readonly patch: readonly PatchOperation[];
  /** Why no matching `patch` rule was run, or undefined. */
  readonly unpatchable: Unpatchable | undefined;
  /** What policies told beside their findings; absent if nothing. Never part of the answer. */
  readonly notes?: DecisionNotes;
}
