import {
  distinct,
  isValid,
  readPem,
  signerOf,
  type Authority,
  type PemBundle,
  type Signer,
} from "./authority.ts";
import {
  ROTATE,
  type CertificateState,
  type Rotation,
  type SecretTexts,
  type Setting,
} from "./certificate-state.ts";
import type { CertificateFault } from "./fault.ts";
import { leafOf, type Leaf } from "./leaf.ts";

/** Far more than are ever needed, and few enough for the caBundle of every webhook of a configuration. */
const MAX_AUTHORITIES = 16;

/**
 * What is good of the Secret, and by name what is not. What replicas may still present must stay trusted: where the
 * Secret lost that, what the installed caBundles trust is taken over. `secret` is undefined if there is none.
 */
export function decodeSecret(secret: SecretTexts | undefined, setting: Setting): CertificateState {
  const { now, installed, serverName } = setting;
  const texts = textsOf(secret);
  const bundle = readPem(texts.authorities);
  const trusted = distinct([...bundle.authorities, ...installed.flat()]);
  const next = nextOf(texts, now);
  const signer = signerOf(next === undefined ? trusted : [...trusted, next], texts.signerKey);
  const leaf = leafOf({ cert: texts.cert, key: texts.key }, trusted, serverName, now);
  const read = {
    signer,
    next: next?.fingerprint === signer?.fingerprint ? undefined : next,
    leaf,
    rotate: rotationOf(texts.rotate),
  };
  const needed = [signer, read.next, trusted.find(({ fingerprint }) => fingerprint === leaf?.anchor)];
  const taken = isLost(read, setting) ? installed.flat().filter(({ x509 }) => isValid(x509, now)) : [];
  const authorities = distinct([
    ...needed.filter((authority) => authority !== undefined),
    ...bundle.authorities,
    ...taken,
  ]);
  const state = { ...read, authorities: authorities.slice(0, MAX_AUTHORITIES) };
  return { ...state, faults: faultsOf(secret, state, { ...setting, bundle, texts }) };
}

type Texts = ReturnType<typeof textsOf>;

function textsOf(secret: SecretTexts | undefined) {
  const text = (key: string): string => secret?.data[key]?.trim() ?? "";
  return {
    cert: text("tls.crt"),
    key: text("tls.key"),
    authorities: text("ca.crt"),
    signerKey: text("ca.key"),
    nextCert: text("next-ca.crt"),
    nextKey: text("next-ca.key"),
    rotate: secret?.annotations[ROTATE],
  };
}

function nextOf({ nextCert, nextKey }: Texts, now: Date): Signer | undefined {
  const next = signerOf(readPem(nextCert).authorities, nextKey);
  return next !== undefined && isValid(next.x509, now) ? next : undefined;
}

function rotationOf(text: string | undefined): Rotation | undefined {
  return text === "leaf" || text === "ca" ? text : undefined;
}

type Read = Pick<CertificateState, "signer" | "next" | "leaf">;

/** Whether replicas may present something that the Secret no longer knows of. */
function isLost({ signer, next, leaf }: Read, { now, installed }: Setting): boolean {
  const hasSigner = next !== undefined || (signer !== undefined && isValid(signer.x509, now));
  if (!hasSigner || leaf?.anchor === undefined || !isValid(leaf.x509, now)) return true;
  const { anchor } = leaf;
  return !installed.some((bundle) => holds(bundle, anchor));
}

/** Whether a caBundle has an authority. */
export function holds(bundle: readonly Authority[], wanted: string): boolean {
  return bundle.some(({ fingerprint }) => fingerprint === wanted);
}

interface Checked extends Setting {
  readonly bundle: PemBundle;
  readonly texts: Texts;
}

function faultsOf(
  secret: SecretTexts | undefined,
  state: Omit<CertificateState, "faults">,
  { bundle, texts, now, installed }: Checked,
): readonly CertificateFault[] {
  if (secret === undefined) return installed.flat().length > 0 ? ["secret-missing"] : [];
  const needed = [state.signer, state.next].filter((signer) => signer !== undefined);
  const hasNext = texts.nextCert !== "" || texts.nextKey !== "";
  const found: readonly (readonly [CertificateFault, boolean])[] = [
    ["authorities-damaged", bundle.isDamaged],
    ["authorities-incomplete", !needed.every(({ fingerprint }) => holds(bundle.authorities, fingerprint))],
    ["authorities-too-many", bundle.authorities.length > MAX_AUTHORITIES],
    ["next-unusable", hasNext && state.next === undefined],
    ["rotate-unknown", texts.rotate !== undefined && state.rotate === undefined],
  ];
  return [
    // While a next authority spreads, what is missing has been told of and is on its way.
    isAwaited(texts, state) ? undefined : leafFault(state.leaf, secret.data, now),
    signerFault(texts, state, now),
    ...found.map(([fault, isThere]) => (isThere ? fault : undefined)),
  ].filter((fault) => fault !== undefined);
}

/** Why replicas cannot present the leaf. */
export function leafFault(
  leaf: Leaf | undefined,
  data: SecretTexts["data"],
  now: Date,
): CertificateFault | undefined {
  if (leaf === undefined)
    return isBlank(data["tls.crt"]) || isBlank(data["tls.key"]) ? "leaf-missing" : "leaf-unusable";
  if (!leaf.isForService) return "leaf-not-for-service";
  if (!isValid(leaf.x509, now)) return "leaf-not-valid";
  return leaf.anchor === undefined ? "leaf-untrusted" : undefined;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

function isAwaited({ cert, key }: Texts, { next }: Read): boolean {
  return cert === "" && key === "" && next !== undefined;
}

function signerFault({ signerKey }: Texts, { signer, next }: Read, now: Date): CertificateFault | undefined {
  if (signerKey === "") return next === undefined ? "signer-missing" : undefined;
  if (signer === undefined) return "signer-unusable";
  return isValid(signer.x509, now) ? undefined : "signer-not-valid";
}
