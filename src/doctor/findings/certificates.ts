import { problem, warning } from "./entry.ts";

/** What can be found of certificates and whom callers trust. */
export const CERTIFICATES_FINDINGS = {
  "secret-missing": problem("certificate", "Without a certificate the server does not open its port."),
  "secret-incomplete": problem(
    "certificate",
    "Servers keep their last good pair as long as they run; one that starts has none.",
  ),
  "secret-immutable": problem(
    "certificate",
    "The leader cannot write it, so its certificate is not renewed, and no rotation goes on.",
  ),
  "certificate-expired": problem("certificate", "The API server refuses it, so nobody answers."),
  "certificate-not-yet-valid": problem("certificate", "The API server refuses it, so nobody answers."),
  "certificate-ends-soon": warning(
    "certificate",
    "It should have been renewed by now; when it ends, nobody answers.",
  ),
  "certificate-wrong-name": problem(
    "certificate",
    "The API server asks for the Service by this name and refuses any other certificate.",
  ),
  "authority-missing": warning(
    "certificate",
    "Nobody can tell from the Secret whom the webhooks must trust.",
  ),
  "authority-mismatch": problem(
    "certificate",
    "Who trusts the Secret's authorities does not trust the certificate beside them.",
  ),
  "authority-expired": problem(
    "certificate",
    "A certificate is trusted no longer than the authority that signed it.",
  ),
  "authority-ends-soon": warning(
    "certificate",
    "It should have been replaced by now; when it ends, nobody is trusted.",
  ),
  "rotation-stuck": warning(
    "certificate",
    "The old authority stays in use until the rotation goes on, and it ends some day.",
  ),
  "client-authority-missing": problem(
    "certificate",
    "A server without it does not start; one that runs keeps what it read before.",
  ),
  "client-authority-expired": problem(
    "certificate",
    "No client certificate counts, so no API server is answered.",
  ),
  "client-authority-ends-soon": warning(
    "certificate",
    "When it ends, no client certificate counts, and no API server is answered.",
  ),
  "ca-bundle-missing": problem(
    "ca-bundle",
    "Without a caBundle the API server trusts only what its own machine trusts.",
  ),
  "ca-bundle-unreadable": problem(
    "ca-bundle",
    "The API server cannot verify the server, so every call fails.",
  ),
  "ca-bundle-expired": problem(
    "ca-bundle",
    "The API server trusts no expired authority, so every call fails.",
  ),
  "ca-bundle-mismatch": problem(
    "ca-bundle",
    "The API server does not trust the certificate of the Secret: calls fail as soon as it is served.",
  ),
};
