import { X509Certificate } from "node:crypto";
import { RegoObject, type RegoValue } from "../value.ts";
import { integerOperand, itemsOf, trim } from "./builtin.ts";
import { parseAddress } from "./ip-address.ts";
import { certificateJson } from "./x509-certificate.ts";
import { areNamesPermitted } from "./x509-permitted.ts";

/** What a chain is verified against. */
export interface VerifyOptions {
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  /** Go's `x509.ExtKeyUsage`; none stands for server authentication. */
  readonly usages: readonly number[];
  /** Of the last certificate; empty if any will do. */
  readonly dnsName: string;
}

const USAGES: ReadonlyMap<string, number> = new Map(
  [
    "Any",
    "ServerAuth",
    "ClientAuth",
    "CodeSigning",
    "EmailProtection",
    "IPSECEndSystem",
    "IPSECTunnel",
    "IPSECUser",
    "TimeStamping",
    "OCSPSigning",
    "MicrosoftServerGatedCrypto",
    "NetscapeServerGatedCrypto",
    "MicrosoftCommercialCodeSigning",
    "MicrosoftKernelCodeSigning",
  ].map((name, index) => [`KeyUsage${name}`, index]),
);

const ANY_USAGE = 0;
const SERVER_AUTH = 1;
const CERTIFICATE_SIGN = 32;

/** Go's `maxChainSignatureChecks`: certificates that all sign one another make very many chains. */
const SIGNATURE_CHECKS = 100;

/** Signatures with MD2, MD5 and SHA-1, which Go does not accept: 1, 2, 3, 7 and 9. */
const INSECURE: ReadonlySet<string> = new Set(["0", "1", "2", "3", "7", "9"]);

/** Undefined if an option is unknown or of the wrong type. */
export function verifyOptions(options: RegoObject, now: bigint): VerifyOptions | undefined {
  const known = new Set<RegoValue>(["DNSName", "CurrentTime", "MaxConstraintComparisons", "KeyUsages"]);
  const names = options.get("DNSName") ?? "";
  const time = options.get("CurrentTime");
  const moment = time === undefined ? now : integerOperand(time);
  const comparisons = options.get("MaxConstraintComparisons");
  const usages = readUsages(options.get("KeyUsages"));
  if (options.entries.some(([name]) => typeof name === "string" && !known.has(name))) return undefined;
  if (comparisons !== undefined && integerOperand(comparisons) === undefined) return undefined;
  if (typeof names !== "string" || moment === undefined || usages === undefined) return undefined;
  return { now: moment, usages, dnsName: trim(names, '"') };
}

function readUsages(value: RegoValue | undefined): readonly number[] | undefined {
  if (value === undefined) return [];
  const names = itemsOf(value)?.filter((name) => typeof name === "string");
  const usages = names?.map((name) => USAGES.get(trim(name, '"')));
  return usages?.every((usage) => usage !== undefined) === true ? usages : undefined;
}

interface Certificate {
  readonly der: Buffer;
  readonly x509: X509Certificate;
  readonly fields: RegoObject;
}

/**
 * Go's `Certificate.Verify`: the chain from the last certificate over any of the others to the first, or undefined. Of
 * name constraints those of DNS are evaluated; a chain with others, or that requires policies, is never verified.
 */
export function verifiedChain(
  certificates: readonly Buffer[],
  options: VerifyOptions,
): readonly Buffer[] | undefined {
  const read = certificates.map(readCertificate);
  const [root, ...others] = read;
  const leaf = others.at(-1);
  if (root === undefined || leaf === undefined) return undefined;
  if (!isAcceptable(leaf, options) || !isNamed(leaf, options.dnsName)) return undefined;
  const checks = { left: SIGNATURE_CHECKS };
  const chain = extend([leaf], { root, intermediates: others.slice(0, -1), options, checks });
  return chain?.map(({ der }) => der);
}

function readCertificate(der: Buffer): Certificate {
  const fields = certificateJson(der);
  if (!(fields instanceof RegoObject)) throw new TypeError("A certificate is an object.");
  return { der, x509: new X509Certificate(der), fields };
}

interface Candidates {
  readonly root: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly options: VerifyOptions;
  /** How many signatures may still be checked, for all chains together. */
  readonly checks: { left: number };
}

/** The first valid chain that ends at the root; each certificate is used once. */
function extend(chain: readonly Certificate[], candidates: Candidates): readonly Certificate[] | undefined {
  const { root, intermediates, options } = candidates;
  const last = chain.at(-1);
  if (last === undefined) return undefined;
  if (last.der.equals(root.der)) return isValid(chain, options) ? chain : undefined;
  const whole = [...chain, root];
  if (mayFollow(root, chain, candidates) && isValid(whole, options)) return whole;
  for (const next of intermediates.filter((candidate) => !chain.includes(candidate))) {
    const isNext = mayFollow(next, chain, candidates) && isAuthority(next);
    const longer = isNext ? extend([...chain, next], candidates) : undefined;
    if (longer !== undefined) return longer;
  }
  return undefined;
}

/** Whether the last certificate is from this one. */
function mayFollow(
  issuer: Certificate,
  chain: readonly Certificate[],
  { options, checks }: Candidates,
): boolean {
  const last = chain.at(-1);
  if (last === undefined) return false;
  if (last.fields.get("RawIssuer") !== issuer.fields.get("RawSubject")) return false;
  checks.left -= 1;
  return checks.left >= 0 && isIssuedBy(last, issuer, chain.length) && isAcceptable(issuer, options);
}

/** As a whole: all its certificates allow one and the same usage, and each the names below. */
function isValid(chain: readonly Certificate[], { usages }: VerifyOptions): boolean {
  const wanted = usages.length === 0 ? [SERVER_AUTH] : usages;
  return (
    wanted.some((usage) => chain.every((certificate) => allowsUsage(certificate, usage))) &&
    !chain.slice(0, -1).some(requiresPolicy) &&
    areNamesPermitted(chain.map(({ fields }) => fields))
  );
}

/** Policies of certificates are not evaluated here; what the root demands counts for nothing in Go. */
function requiresPolicy({ fields }: Certificate): boolean {
  return textOf(fields, "RequireExplicitPolicy") !== "0" || fields.get("RequireExplicitPolicyZero") === true;
}

/** `below` is how many certificates are below the issuer; the leaf is no intermediate. */
function isIssuedBy(certificate: Certificate, issuer: Certificate, below: number): boolean {
  const { fields } = issuer;
  if (!maySign(issuer)) return false;
  const limit = Number(textOf(fields, "MaxPathLen"));
  if (fields.get("BasicConstraintsValid") === true && limit >= 0 && below - 1 > limit) return false;
  return (
    !INSECURE.has(textOf(certificate.fields, "SignatureAlgorithm")) &&
    certificate.x509.verify(issuer.x509.publicKey)
  );
}

function maySign({ fields }: Certificate): boolean {
  const hasConstraints = fields.get("BasicConstraintsValid") === true;
  if (hasConstraints ? fields.get("IsCA") !== true : textOf(fields, "Version") === "3") return false;
  const usage = Number(textOf(fields, "KeyUsage"));
  return usage === 0 || (usage & CERTIFICATE_SIGN) !== 0;
}

function isAuthority({ fields }: Certificate): boolean {
  return fields.get("BasicConstraintsValid") === true && fields.get("IsCA") === true;
}

/** In force, and without anything that is not understood here. */
function isAcceptable({ fields, x509 }: Certificate, { now }: VerifyOptions): boolean {
  const milliseconds = Number(now / 1_000_000n);
  const isInForce =
    x509.validFromDate.getTime() <= milliseconds && milliseconds <= x509.validToDate.getTime();
  return isInForce && fields.get("UnhandledCriticalExtensions") === null;
}

function isNamed({ x509 }: Certificate, name: string): boolean {
  if (name === "") return true;
  const address = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
  if (parseAddress(address) !== undefined) return x509.checkIP(address) !== undefined;
  return x509.checkHost(name, { subject: "never" }) !== undefined;
}

/** No usage, or any, allows all. */
function allowsUsage({ fields }: Certificate, wanted: number): boolean {
  const own = (itemsOf(fields.get("ExtKeyUsage") ?? []) ?? []).map((usage) => JSON.stringify(usage));
  const isUnrestricted = own.length === 0 && fields.get("UnknownExtKeyUsage") === null;
  return (
    isUnrestricted || wanted === ANY_USAGE || own.includes(String(ANY_USAGE)) || own.includes(String(wanted))
  );
}

function textOf(fields: RegoObject, name: string): string {
  return JSON.stringify(fields.get(name) ?? null);
}
