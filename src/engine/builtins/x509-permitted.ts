import { RegoObject } from "../value.ts";
import { itemsOf } from "./builtin.ts";

/** Constraints that are not evaluated here. */
const OTHER_KINDS = ["EmailAddresses", "URIDomains", "IPRanges"].flatMap((kind) => [
  `Permitted${kind}`,
  `Excluded${kind}`,
]);

/**
 * Go's `checkChainConstraints` for names of DNS: whether each certificate of the chain, the leaf first, has only names
 * that those above it permit. False for other kinds of constraints, and where a certificate below has addresses of mail
 * or URIs, which Go reads at that point.
 */
export function areNamesPermitted(chain: readonly RegoObject[]): boolean {
  return chain.every((issuer, index) => {
    if (!isConstraining(issuer)) return true;
    const isKnown = OTHER_KINDS.every((name) => issuer.get(name) === null);
    return isKnown && chain.slice(0, index).every((below) => arePermittedBy(issuer, below));
  });
}

/** Go's `domainNameValid` of a name; a constraint may start with a dot too. */
function isDomainName(text: string): boolean {
  return /^(?:[!-\-/-~]+(?:\.[!-\-/-~]+)*)?$/.test(text);
}

/** By the extension of name constraints, 2.5.29.30. */
function isConstraining(issuer: RegoObject): boolean {
  const extensions = itemsOf(issuer.get("Extensions") ?? []) ?? [];
  return extensions.some(
    (extension) => extension instanceof RegoObject && JSON.stringify(extension.get("Id")) === "[2,5,29,30]",
  );
}

function arePermittedBy(issuer: RegoObject, below: RegoObject): boolean {
  if (below.get("EmailAddresses") !== null || below.get("URIs") !== null) return false;
  const permitted = textsOf(issuer, "PermittedDNSDomains");
  const excluded = textsOf(issuer, "ExcludedDNSDomains");
  return textsOf(below, "DNSNames").every(
    (name) =>
      isDomainName(name) &&
      (permitted.length === 0 || permitted.some((domain) => isWithin(name, domain))) &&
      !excluded.some((domain) => isWithin(name, domain) || coversAny(name, domain)),
  );
}

/** Go's `dnsHasSuffix`: whole labels only, and only names below a domain that starts with a dot. */
function isWithin(name: string, domain: string): boolean {
  const [whole, suffix] = [lowerCase(name), lowerCase(domain)];
  if (suffix === "" || whole === suffix) return true;
  return whole.endsWith(suffix.startsWith(".") ? suffix : `.${suffix}`);
}

/** A name with a star stands for each excluded domain beside it too. */
function coversAny(name: string, domain: string): boolean {
  const parent = parentOf(lowerCase(name));
  return name.startsWith("*") && parent !== "" && parent === parentOf(lowerCase(domain));
}

/** With its dot; empty if there is one label. */
function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? "" : name.slice(dot);
}

/** Names of DNS are ASCII. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function textsOf(fields: RegoObject, name: string): readonly string[] {
  return (itemsOf(fields.get(name) ?? []) ?? []).filter((item) => typeof item === "string");
}
