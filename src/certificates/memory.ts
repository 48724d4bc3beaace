import type { Authority } from "./authority.ts";
import type { CertificateState } from "./certificate-state.ts";
import { holds } from "./decode-secret.ts";
import { issuedAt } from "./issued-at.ts";

/**
 * What a leader has seen since it leads. Times are milliseconds of a clock that only goes forward. A new leader begins
 * anew, but for what the Secret tells: for how long its leaf has been there, at least.
 */
export interface Memory {
  /** Since when every installed caBundle has an authority, without a break, by fingerprint. */
  readonly heldSince: ReadonlyMap<string, number>;
  /** The same of those that are kept or, where none is, of any one. */
  readonly heldByKeptSince: ReadonlyMap<string, number>;
  /** Since when an authority of ca.crt is of no use any more, by fingerprint. */
  readonly uselessSince: ReadonlyMap<string, number>;
}

/** What is seen at one look. */
export interface Seen {
  readonly installed: readonly (readonly Authority[])[];
  /** Those of `installed` that a leader writes. */
  readonly kept: readonly (readonly Authority[])[];
  /** By the clock of the API server. */
  readonly now: Date;
  readonly monotonic: number;
}

/** `before` is undefined the first time. */
export function remember(before: Memory | undefined, state: CertificateState, seen: Seen): Memory {
  const { signer, next } = state;
  const candidates = [signer, next].filter((candidate) => candidate !== undefined);
  const since = (
    isHeld: (fingerprint: string) => boolean,
    earlier: ReadonlyMap<string, number> | undefined,
  ) =>
    new Map(
      candidates
        .map(({ fingerprint }) => fingerprint)
        .filter(isHeld)
        .map((fingerprint) => [fingerprint, earlier?.get(fingerprint) ?? firstSeen(fingerprint)]),
    );
  const heldSince = since(
    (fingerprint) => seen.installed.every((bundle) => holds(bundle, fingerprint)),
    before?.heldSince,
  );
  const heldByKeptSince = since((fingerprint) => isHeldByKept(seen, fingerprint), before?.heldByKeptSince);
  // Who signs already when a leader begins was installed everywhere before it became the signer.
  function firstSeen(fingerprint: string): number {
    return before === undefined && fingerprint === signer?.fingerprint
      ? Number.NEGATIVE_INFINITY
      : seen.monotonic;
  }
  const uselessSince = new Map(
    useless(state, heldSince).map(({ fingerprint }) => [
      fingerprint,
      before?.uselessSince.get(fingerprint) ??
        seen.monotonic - (before === undefined ? leafAge(state, seen.now) : 0),
    ]),
  );
  return { heldSince, heldByKeptSince, uselessSince };
}

function isHeldByKept({ kept, installed }: Seen, fingerprint: string): boolean {
  return kept.length > 0
    ? kept.every((bundle) => holds(bundle, fingerprint))
    : installed.some((bundle) => holds(bundle, fingerprint));
}

/** For how long, at least, replicas have been able to present the leaf, in milliseconds. */
function leafAge({ leaf }: CertificateState, now: Date): number {
  return leaf === undefined ? 0 : Math.max(0, now.getTime() - issuedAt(leaf.x509).getTime());
}

/** Nothing, until replicas can have a leaf of the signer that is trusted everywhere. */
function useless(
  { authorities, signer, next, leaf }: CertificateState,
  heldSince: Memory["heldSince"],
): readonly Authority[] {
  if (signer === undefined || leaf?.anchor !== signer.fingerprint || !heldSince.has(signer.fingerprint))
    return [];
  return authorities.filter(
    ({ fingerprint }) => fingerprint !== signer.fingerprint && fingerprint !== next?.fingerprint,
  );
}
