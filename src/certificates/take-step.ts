import { newSigner, type Signer } from "./authority.ts";
import type { KeyPair } from "./certificate.ts";
import type { CertificateState, SecretContents } from "./certificate-state.ts";
import type { CertificateStep } from "./next-step.ts";

/** What makes new keys and certificates. */
export interface Issue {
  readonly authority: () => Promise<KeyPair>;
  readonly leaf: (signer: KeyPair) => Promise<KeyPair>;
}

/** What the Secret must say after a step. */
export async function takeStep(
  step: Exclude<CertificateStep, { readonly kind: "nothing" }>,
  state: CertificateState,
  issue: Issue,
): Promise<SecretContents> {
  switch (step.kind) {
    case "create": {
      return signedBy(newSigner(await issue.authority()), state, issue);
    }
    case "promote": {
      return signedBy(step.next, state, issue);
    }
    case "add-next-authority": {
      const next = newSigner(await issue.authority());
      // Asked for again while it waits, it must be replaced, so the request is answered here and not when it signs.
      const rotate = state.rotate === "ca" ? undefined : state.rotate;
      return { ...state, next, rotate, authorities: withFirst(state, state.signer, next) };
    }
    case "reissue-leaf": {
      const leaf = await issue.leaf(pairOf(step.signer));
      return { ...state, leaf, rotate: state.rotate === "leaf" ? undefined : state.rotate };
    }
    case "repair": {
      return state;
    }
    case "drop-authorities": {
      const useless = new Set(step.useless.map(({ fingerprint }) => fingerprint));
      const authorities = state.authorities.filter(({ fingerprint }) => !useless.has(fingerprint));
      return { ...state, authorities };
    }
  }
}

/** A new authority makes a new leaf, so that whatever was asked for is done. */
async function signedBy(signer: Signer, state: CertificateState, issue: Issue): Promise<SecretContents> {
  const leaf = await issue.leaf(pairOf(signer));
  return { authorities: withFirst(state, signer), signer, next: undefined, leaf, rotate: undefined };
}

function withFirst(
  { authorities }: SecretContents,
  ...first: readonly (Signer | undefined)[]
): SecretContents["authorities"] {
  const named = first.filter((signer) => signer !== undefined);
  const rest = authorities.filter(
    ({ fingerprint }) => !named.some((signer) => signer.fingerprint === fingerprint),
  );
  return [...named, ...rest];
}

function pairOf({ x509, key }: Signer): KeyPair {
  return { cert: x509.toString(), key };
}
