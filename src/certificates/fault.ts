import { PortcullisError } from "../error.ts";

/** Every way in which the Secret can be wrong; also the label values of the metric. */
export const CERTIFICATE_FAULTS = {
  "secret-missing": "it is gone, though webhooks are installed that trust what it held",
  "leaf-missing": "tls.crt or tls.key is missing",
  "leaf-unusable": "tls.crt and tls.key are no certificate and its key",
  "leaf-not-for-service": "tls.crt is for other names than that of the Service, or not for servers",
  "leaf-untrusted": "tls.crt comes from no authority that callers are told to trust",
  "leaf-not-valid": "tls.crt has expired or is not valid yet, by the clock of the API server",
  "authorities-damaged": "ca.crt holds something that is no certificate",
  "authorities-incomplete": "ca.crt lacks an authority that is needed",
  "authorities-too-many": "ca.crt holds more authorities than are kept",
  "signer-missing": "ca.key is missing",
  "signer-unusable": "ca.key is no ECDSA P-256 key of an authority in ca.crt",
  "signer-not-valid":
    "the authority of ca.key has expired or is not valid yet, by the clock of the API server",
  "next-unusable": "next-ca.crt and next-ca.key are no valid authority and its key",
  "rotate-unknown": "its annotation policy.portcullis.dev/rotate is neither `leaf` nor `ca`",
} as const;

export type CertificateFault = keyof typeof CERTIFICATE_FAULTS;

const BY_ITSELF =
  "Nothing: it is mended by itself, and replicas serve their last good certificate meanwhile.";

/** Where somebody has changed a key, that somebody is to be found. */
const REMEDIES: Readonly<Partial<Record<CertificateFault, string>>> = {
  "secret-missing": `${BY_ITSELF} Find out who deleted it.`,
  "leaf-not-valid": `${BY_ITSELF} Nobody has renewed it in time: no replica led, or a clock has jumped.`,
  "signer-not-valid": `${BY_ITSELF} Nobody has renewed it in time: no replica led, or a clock has jumped.`,
  "rotate-unknown": "Set the annotation to `leaf` or `ca`, or remove it.",
};

/** What a person is told of a fault. `secret` is `namespace/name`. */
export function faultError(secret: string, fault: CertificateFault): PortcullisError {
  return new PortcullisError("CERTIFICATE_DAMAGED", {
    message: `The Secret ${secret} is not as it should be: ${CERTIFICATE_FAULTS[fault]}.`,
    remedy: REMEDIES[fault] ?? `${BY_ITSELF} Find out who changed it.`,
  });
}
