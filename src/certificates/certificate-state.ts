import type { Authority, Signer } from "./authority.ts";
import type { KeyPair } from "./certificate.ts";
import type { CertificateFault } from "./fault.ts";
import type { Leaf } from "./leaf.ts";

/** What a rotation that a person asks for renews. */
export type Rotation = "leaf" | "ca";

/** By this annotation of the Secret a person asks for a rotation now. */
export const ROTATE = "policy.portcullis.dev/rotate";

/** What the Secret should say. */
export interface SecretContents {
  /** All that callers must trust, what is needed most first; `signer` and `next` are among them. */
  readonly authorities: readonly Authority[];
  /** Who signs the leaf. */
  readonly signer: Signer | undefined;
  /** Who will sign when every caller trusts it. */
  readonly next: Signer | undefined;
  readonly leaf: KeyPair | undefined;
  readonly rotate: Rotation | undefined;
}

/** What the Secret says, as far as it is good. */
export interface CertificateState extends SecretContents {
  readonly leaf: Leaf | undefined;
  readonly faults: readonly CertificateFault[];
}

/** The Secret as it is stored: texts by key, and its annotations. */
export interface SecretTexts {
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What the Secret is held against. */
export interface Setting {
  /** e.g. `portcullis.portcullis-system.svc`. */
  readonly serverName: string;
  /** By the clock of the API server, which is who verifies. */
  readonly now: Date;
  /** The caBundle of every entry of the installed webhook configurations. */
  readonly installed: readonly (readonly Authority[])[];
}
