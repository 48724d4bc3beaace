import { isDue, isValid, type Authority, type Signer } from "./authority.ts";
import type { CertificateState, Setting } from "./certificate-state.ts";
import type { Memory } from "./memory.ts";

/** What is to be done with the Secret now; each is one write. */
export type CertificateStep =
  | { readonly kind: "nothing" }
  /** An authority and a leaf at once: nobody trusts anything that would have to go on. */
  | { readonly kind: "create" }
  /** An authority that callers are to trust before it signs, instead of one that waits; this answers a request for one. */
  | { readonly kind: "add-next-authority" }
  /** The next authority signs from now on, and has signed a new leaf. */
  | { readonly kind: "promote"; readonly next: Signer }
  | { readonly kind: "reissue-leaf"; readonly signer: Signer }
  /** Only what is good is written back. */
  | { readonly kind: "repair" }
  /** Callers need not trust these any more. */
  | { readonly kind: "drop-authorities"; readonly useless: readonly Authority[] };

export type StepKind = CertificateStep["kind"];

/**
 * For how long every installed caBundle must have held an authority before it signs, in ms. The API server hears of a
 * changed configuration by a watch, within a second or two; the rest is for one that is slow.
 */
export const SPREAD = 30_000;

/**
 * For how long an authority stays trusted when the leaf in the Secret is no longer its own, in ms. Replicas hear of a leaf
 * within seconds; one that cannot hear of it is cut off from the API server, which then does not call it either. A new
 * leader goes on with the wait by the age of the leaf, so that it ends however often leaders change.
 */
export const LINGER = 600_000;

export interface StepContext extends Pick<Setting, "now" | "installed"> {
  readonly memory: Memory;
  readonly monotonic: number;
  /** Whether the Secret says what is good of it, and nothing else. */
  readonly isExact: boolean;
}

/**
 * A leaf is only ever written by an authority that every installed caBundle has held for a while, or from which the leaf
 * comes that is there. Where replicas can present none, those that are kept count alone: a caBundle that nobody keeps must
 * not hold up what they need.
 */
export function nextStep(state: CertificateState, context: StepContext): CertificateStep {
  const able = ableSigner(state, context);
  return (
    authorityStep(state, able, context) ??
    leafStep(state, able, context) ??
    (context.isExact ? undefined : { kind: "repair" }) ??
    dropStep(state, context) ?? { kind: "nothing" }
  );
}

/** Who is to sign, and some installed caBundle lacks it; undefined if nobody waits for that. */
export function lackedAuthority(state: CertificateState, context: StepContext): Authority | undefined {
  const able = ableSigner(state, context);
  const awaited =
    state.next ?? (able === undefined || isGoodLeaf(state, able, context.now) ? undefined : able);
  if (awaited === undefined || context.memory.heldSince.has(awaited.fingerprint)) return undefined;
  return nobodyTrusts(context, awaited.fingerprint) ? undefined : awaited;
}

function ableSigner({ signer }: CertificateState, { now }: StepContext): Signer | undefined {
  return signer !== undefined && isValid(signer.x509, now) ? signer : undefined;
}

function authorityStep(
  { next, rotate }: CertificateState,
  signer: Signer | undefined,
  context: StepContext,
): CertificateStep | undefined {
  // Who asks while one waits does not trust it any more, and must get another.
  if (next !== undefined && rotate === "ca") return { kind: "add-next-authority" };
  if (next !== undefined) return isSpread(next, context) ? { kind: "promote", next } : undefined;
  if (signer === undefined) return { kind: nobodyTrusts(context) ? "create" : "add-next-authority" };
  return isDue(signer.x509, context.now) || rotate === "ca" ? { kind: "add-next-authority" } : undefined;
}

function leafStep(
  state: CertificateState,
  signer: Signer | undefined,
  context: StepContext,
): CertificateStep | undefined {
  if (signer === undefined || isGoodLeaf(state, signer, context.now)) return undefined;
  // Wherever the leaf is trusted that replicas present, another one of the same authority is.
  const mayReissue =
    isPresentable(state, signer, context.now) ||
    isSpread(signer, context) ||
    (!isServable(state, context.now) && isSpreadAmongKept(signer, context));
  return mayReissue ? { kind: "reissue-leaf", signer } : undefined;
}

function dropStep(
  { authorities }: CertificateState,
  { memory, monotonic }: StepContext,
): CertificateStep | undefined {
  const useless = authorities.filter(({ fingerprint }) => {
    const since = memory.uselessSince.get(fingerprint);
    return since !== undefined && monotonic - since >= LINGER;
  });
  return useless.length > 0 ? { kind: "drop-authorities", useless } : undefined;
}

function isGoodLeaf(state: CertificateState, signer: Signer, now: Date): boolean {
  const { leaf, rotate } = state;
  return (
    leaf !== undefined && isPresentable(state, signer, now) && rotate !== "leaf" && !isDue(leaf.x509, now)
  );
}

/** Whether replicas can present the leaf, and it comes from the authority that signs. */
function isPresentable(state: CertificateState, signer: Signer, now: Date): boolean {
  return isServable(state, now) && state.leaf?.anchor === signer.fingerprint;
}

/** Whether replicas can present the leaf. */
function isServable({ leaf }: CertificateState, now: Date): boolean {
  return leaf?.anchor !== undefined && leaf.isForService && isValid(leaf.x509, now);
}

function isSpread({ fingerprint }: Authority, context: StepContext): boolean {
  if (context.installed.length === 0 || nobodyTrusts(context, fingerprint)) return true;
  return hasSpread(context.memory.heldSince.get(fingerprint), context);
}

/** What replicas have from before may be of another authority, so that has to be so for a while, too. */
function isSpreadAmongKept({ fingerprint }: Authority, context: StepContext): boolean {
  return hasSpread(context.memory.heldByKeptSince.get(fingerprint), context);
}

function hasSpread(since: number | undefined, { monotonic }: StepContext): boolean {
  return since !== undefined && monotonic - since >= SPREAD;
}

/** Whether no caller could verify any certificate, unless it is of `except`: then there is nothing to be careful with. */
function nobodyTrusts({ installed, now }: StepContext, except?: string): boolean {
  return installed.flat().every(({ x509, fingerprint }) => fingerprint === except || !isValid(x509, now));
}
