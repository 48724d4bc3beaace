import { createPrivateKey, type X509Certificate } from "node:crypto";
import { isIssuedBy, readPem } from "../../certificates/authority.ts";

/** A certificate, and those that lead from it to an authority. */
export type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** All certificates of a PEM text in their order; undefined if there is none, or one cannot be read. */
export function certificatesIn(pem: string): Chain | undefined {
  const { authorities, isDamaged } = readPem(pem);
  const [first, ...others] = authorities.map(({ x509 }) => x509);
  if (first === undefined || isDamaged || ![first, ...others].every(hasDates)) return undefined;
  return [first, ...others];
}

/** OpenSSL reads certificates whose dates are none. */
function hasDates({ validFromDate, validToDate }: X509Certificate): boolean {
  return ![validFromDate, validToDate].some((date) => Number.isNaN(date.getTime()));
}

/** Whether a PEM key is that of a certificate; a text that is no key is not. */
export function isKeyOf(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The authority that the first certificate is trusted through, with the others of its chain in between. */
export function trustedThrough(
  [leaf, ...intermediates]: Chain,
  authorities: readonly X509Certificate[],
): X509Certificate | undefined {
  let certificate = leaf;
  // Each step uses one of them up, so certificates that issued each other are no endless way.
  for (const _ of [leaf, ...intermediates]) {
    const current = certificate;
    const authority = authorities.find((each) => isSame(each, current) || isIssuedBy(current, each));
    if (authority !== undefined) return authority;
    const next = intermediates.find((each) => !isSame(each, current) && isIssuedBy(current, each));
    if (next === undefined) return undefined;
    certificate = next;
  }
  return undefined;
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256;
}

/** Which part of its life a certificate still has, from 1 to 0 and below. */
export function lifeLeft({ validFromDate, validToDate }: X509Certificate, now: Date): number {
  const whole = validToDate.getTime() - validFromDate.getTime();
  return whole <= 0 ? 0 : (validToDate.getTime() - now.getTime()) / whole;
}
