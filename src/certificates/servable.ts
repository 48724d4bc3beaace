import type { SecretTexts } from "./certificate-state.ts";
import { decodeSecret, leafFault } from "./decode-secret.ts";
import type { CertificateFault } from "./fault.ts";
import type { Leaf } from "./leaf.ts";

/** What a replica finds in the Secret: a leaf that callers accept, or why not. */
export type Servable =
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | { readonly kind: "fault"; readonly fault: CertificateFault };

/** Only what comes from an authority of the same Secret: somebody else's pair would be refused by every caller. */
export function servable(secret: SecretTexts, serverName: string, now: Date): Servable {
  const { leaf } = decodeSecret(secret, { serverName, now, installed: [] });
  const fault = leafFault(leaf, secret.data, now);
  if (fault !== undefined) return { kind: "fault", fault };
  return leaf === undefined ? { kind: "fault", fault: "leaf-unusable" } : { kind: "leaf", leaf };
}
