import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type RegoValue, RegoObject } from "../value.ts";
import { decodeBase64 } from "./base64.ts";
import { type Builtins, ofStrings } from "./builtin.ts";
import { unmarshalJson } from "./json-text.ts";
import { decodePem, type PemBlock } from "./pem.ts";
import { certificateJson, splitCertificates } from "./x509-certificate.ts";
import { certificateRequestJson } from "./x509-request.ts";
import { privateKeyJson } from "./x509-key.ts";
import { list, object } from "./x509-json.ts";
import { verifiedChain, verifyOptions } from "./x509-verify.ts";

const UNVERIFIED: RegoValue = [false, []];

/** v1/topdown/crypto.go: certificates and keys, as `encoding/json` writes Go's structures. */
export const X509: Builtins = {
  "crypto.x509.parse_certificates": ofStrings((text) =>
    unlessInvalid(() => readCertificates(text)?.map(certificateJson)),
  ),
  "crypto.x509.parse_certificate_request": ofStrings((text) =>
    unlessInvalid(() => {
      const der = readRequest(text);
      return der && certificateRequestJson(der);
    }),
  ),
  "crypto.x509.parse_and_verify_certificates": ([text], call) =>
    typeof text === "string" ? verify(text, { now: call.now, usages: [], dnsName: "" }, true) : undefined,
  "crypto.x509.parse_and_verify_certificates_with_options": ([text, options], call) => {
    const wanted = options instanceof RegoObject ? verifyOptions(options, call.now) : undefined;
    if (typeof text !== "string" || !(options instanceof RegoObject)) return undefined;
    if (wanted !== undefined) return verify(text, wanted, false);
    // OPA looks at the options after the certificates.
    return unlessInvalid(() => readCertificates(text)?.map(certificateJson)) === undefined
      ? UNVERIFIED
      : undefined;
  },
  "crypto.x509.parse_rsa_private_key": ofStrings((text) =>
    unlessInvalid(() => {
      const pem = text.startsWith("-----BEGIN") ? text : decodeBase64(text)?.toString("latin1");
      if (pem === undefined || text === "") return undefined;
      const [key] = privateKeys(pem);
      return key === undefined ? null : unmarshalJson(JSON.stringify(key.export({ format: "jwk" })));
    }),
  ),
  "crypto.parse_private_keys": ofStrings((text) =>
    unlessInvalid(() => {
      if (text === "") return null;
      const keys = privateKeys(decodeBase64(text)?.toString("latin1") ?? text).map(privateKeyJson);
      return keys.every((key) => key !== undefined) ? keys : undefined;
    }),
  ),
  "crypto.x509.parse_keypair": ofStrings((certificate, key) =>
    unlessInvalid(() => keyPair(certificate, key)),
  ),
};

/** Whatever is thrown for bytes that are none of ours is an error of the builtin: DerError, or node:crypto's errors. */
function unlessInvalid<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** PEM, or base64 of PEM or of DER; one after the other. */
function readCertificates(text: string): readonly Buffer[] | undefined {
  if (text.startsWith("-----BEGIN")) return pemCertificates(text);
  const bytes = decodeBase64(text);
  if (bytes === undefined) return undefined;
  const inner = bytes.toString("latin1");
  return inner.startsWith("-----BEGIN") ? pemCertificates(inner) : splitCertificates(bytes);
}

function pemCertificates(text: string): readonly Buffer[] | undefined {
  const blocks = pemBlocks(text);
  if (blocks.some(({ type }) => type !== "CERTIFICATE")) return undefined;
  return splitCertificates(Buffer.concat(blocks.map(({ bytes }) => bytes)));
}

function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let block = decodePem(text); block !== undefined; block = decodePem(block.rest)) blocks.push(block);
  return blocks;
}

function readRequest(text: string): Buffer | undefined {
  const isPem = text.startsWith("-----BEGIN CERTIFICATE REQUEST-----");
  const bytes = isPem ? Buffer.from(text) : decodeBase64(text);
  const block = bytes && decodePem(bytes.toString("latin1"));
  if (block === undefined) return bytes;
  return block.type === "CERTIFICATE REQUEST" ? block.bytes : undefined;
}

function verify(text: string, options: Parameters<typeof verifiedChain>[1], hasUris: boolean): RegoValue {
  const chain = unlessInvalid(() => {
    const certificates = readCertificates(text);
    return certificates && verifiedChain(certificates, options)?.map(certificateJson);
  });
  if (chain === undefined) return UNVERIFIED;
  return [true, hasUris ? chain : chain.map(withoutUriStrings)];
}

/** OPA adds this field to Go's in some of its functions only. */
function withoutUriStrings(certificate: RegoValue): RegoValue {
  if (!(certificate instanceof RegoObject)) return certificate;
  return new RegoObject(certificate.entries.filter(([name]) => name !== "URIStrings"));
}

const KEY_TYPES: ReadonlyMap<string, "pkcs1" | "pkcs8" | "sec1"> = new Map([
  ["RSA PRIVATE KEY", "pkcs1"],
  ["PRIVATE KEY", "pkcs8"],
  ["EC PRIVATE KEY", "sec1"],
]);

/** Blocks of another type are passed over. */
function privateKeys(text: string): readonly KeyObject[] {
  return pemBlocks(text).flatMap(({ type, bytes: key }) => {
    const kind = KEY_TYPES.get(type);
    return kind === undefined ? [] : [createPrivateKey({ key, format: "der", type: kind })];
  });
}

/** Go's JSON of `tls.Certificate`: the key must be the first certificate's. */
function keyPair(certificateText: string, keyText: string): RegoValue | undefined {
  const certificates = readCertificates(certificateText);
  const [leaf] = certificates ?? [];
  const key = pairKey(keyText);
  if (certificates === undefined || leaf === undefined || key === undefined) return undefined;
  const json = certificateJson(leaf);
  const own = createPublicKey(key).export({ format: "der", type: "spki" }).toString("base64");
  const privateKey = privateKeyJson(key);
  if (
    privateKey === undefined ||
    !(json instanceof RegoObject) ||
    json.get("RawSubjectPublicKeyInfo") !== own
  ) {
    return undefined;
  }
  return object({
    Certificate: certificates.map((certificate) => certificate.toString("base64")),
    PrivateKey: privateKey,
    SupportedSignatureAlgorithms: null,
    OCSPStaple: null,
    SignedCertificateTimestamps: list([]),
    Leaf: withoutUriStrings(json),
  });
}

function pairKey(text: string): KeyObject | undefined {
  const bytes = text.startsWith("-----BEGIN") ? Buffer.from(text) : decodeBase64(text);
  if (bytes === undefined) return undefined;
  const pem = bytes.toString("latin1");
  if (pem.startsWith("-----BEGIN")) return privateKeys(pem)[0];
  return createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
}
