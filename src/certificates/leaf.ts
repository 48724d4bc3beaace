import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { isIssuedBy, isValid, readPem, type Authority } from "./authority.ts";
import type { KeyPair } from "./certificate.ts";

/** The pair that replicas present: a certificate, its chain after it, and its key. */
export interface Leaf extends KeyPair {
  readonly x509: X509Certificate;
  /** Whether it is for the name by which the API server calls, and for servers. */
  readonly isForService: boolean;
  /** The fingerprint of the trusted authority from which it comes; undefined if there is none. */
  readonly anchor: string | undefined;
  /** When callers cease to accept it: when it ends, or that authority before. */
  readonly notAfter: Date;
}

/** As X509Certificate.keyUsage names it (RFC 5280, 4.2.1.12). */
const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";

/** Certificates of `tls.crt` that are looked at: a text may hold a thousand, and each is held against all that is trusted. */
const MAX_CHAIN = 10;

/** Undefined if the two are no certificate and its key with which a server can answer. */
export function leafOf(
  pair: KeyPair,
  trusted: readonly Authority[],
  serverName: string,
  now: Date,
): Leaf | undefined {
  const x509 = certificateOf(pair);
  if (x509 === undefined) return undefined;
  const usages: readonly string[] | undefined = x509.keyUsage;
  const anchor = anchorOf(readPem(pair.cert, MAX_CHAIN).authorities, trusted, now);
  const ends = [x509, anchor?.x509].flatMap((each) =>
    each === undefined ? [] : [each.validToDate.getTime()],
  );
  const isForServers = usages === undefined || usages.includes(SERVER_AUTHENTICATION);
  return {
    ...pair,
    x509,
    isForService: isForServers && x509.checkHost(serverName, { subject: "never" }) !== undefined,
    anchor: anchor?.fingerprint,
    notAfter: new Date(Math.min(...ends)),
  };
}

function certificateOf(pair: KeyPair): X509Certificate | undefined {
  try {
    // Also refuses keys that are too weak for TLS; takes an empty text for no certificate at all.
    createSecureContext(pair);
    const x509 = new X509Certificate(pair.cert);
    return x509.checkPrivateKey(createPrivateKey(pair.key)) ? x509 : undefined;
  } catch {
    return undefined;
  }
}

/** The way from the first certificate of a chain over the others to one that is trusted and valid. */
function anchorOf(
  chain: readonly Authority[],
  trusted: readonly Authority[],
  now: Date,
): Authority | undefined {
  const roots = trusted.filter(({ x509 }) => isValid(x509, now));
  let [link] = chain;
  let rest = chain.slice(1);
  while (link !== undefined) {
    const { x509, fingerprint } = link;
    const root = roots.find((each) => each.fingerprint === fingerprint || isIssuedBy(x509, each.x509));
    if (root !== undefined) return root;
    link = rest.find((each) => isIssuedBy(x509, each.x509));
    rest = rest.filter((each) => each !== link);
  }
  return undefined;
}
