import type { X509Certificate } from "node:crypto";
import { ROTATE } from "../../certificates/certificate-state.ts";
import { clientAuthorityFindings } from "./client-authority.ts";
import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Secret } from "../observe/objects.ts";
import { clusterTime, isElsewhere, runsWith, type Facts } from "../observe/observation.ts";
import { lifeLeft, trustedThrough } from "./pem.ts";
import { podLogsCommand } from "./pod-logs.ts";
import { rotation } from "./rotation.ts";
import { nextAuthority, secretPair, type SecretPair } from "./secret-pair.ts";

/** What the servers present, and what they know the API server by. */
export function checkCertificate(facts: Facts): readonly Finding[] {
  return [...served(facts), ...clientAuthorityFindings(facts)];
}

/** The Secret that the servers present their certificate from. Who runs elsewhere may have none. */
function served(facts: Facts): readonly Finding[] {
  const { secret, namespace } = facts;
  if (secret.kind === "unseen" || (secret.kind === "absent" && namespace.kind === "absent"))
    return [lookFailed("certificate", nameOf(facts), secret)];
  if (secret.kind === "absent") return isElsewhere(facts) ? [] : [missing(facts)];
  const pair = secretPair(secret.value);
  const found =
    typeof pair === "string"
      ? [
          finding("secret-incomplete", {
            message: `${nameOf(facts)} ${pair}.`,
            ...remedy(facts, secret.value, "leaf"),
          }),
        ]
      : [...leafFindings(pair, facts, secret.value), ...authorityFindings(pair, facts, secret.value)];
  return [...found, ...immutable(facts, secret.value), ...rotation(secret.value, facts)];
}

/** What the API server refuses to change. Others may have meant theirs to be so. */
function immutable(facts: Facts, secret: Secret): readonly Finding[] {
  if (!secret.immutable || !isManaged(facts, secret)) return [];
  const { namespace, name } = facts.service;
  return [
    finding("secret-immutable", {
      message: `${nameOf(facts)} is immutable.`,
      fix: "Delete it, which is the only way: the leader makes a new one with a new authority, as in a rotation, and the Pods serve their certificate meanwhile. Do not restart them until then.",
      command: `kubectl delete secret ${shellWord(`${name}-tls`)} --namespace=${shellWord(namespace)}`,
    }),
  ];
}

function nameOf({ service }: Facts): string {
  return `The Secret ${service.namespace}/${service.name}-tls`;
}

/** Whether Portcullis issues what is in the Secret. */
function isManaged(facts: Facts, secret: Secret): boolean {
  const holdsKeys = ["ca.key", "next-ca.key"].some((key) => secret.data[key] !== undefined);
  return runsWith(facts, "--manage-certificates") ?? holdsKeys;
}

function missing(facts: Facts): Finding {
  const fix = runsWith(facts, "--manage-certificates")
    ? "The leader makes it: look at the check `leader` and at the logs of the Pods."
    : "Make it, or run the servers with --manage-certificates (docs/install.md).";
  const { namespace, name } = facts.service;
  return finding("secret-missing", {
    message: `There is no Secret ${namespace}/${name}-tls.`,
    fix,
    command: podLogsCommand(namespace),
  });
}

/** `what` is to be issued anew; an authority takes a leaf of its own with it. */
function remedy(facts: Facts, secret: Secret, what: "leaf" | "ca"): Pick<Finding, "fix" | "command"> {
  if (!isManaged(facts, secret)) return { fix: "Renew it by what has made it: cert-manager, or you." };
  const { namespace, name } = facts.service;
  const repaired =
    "The leader repairs it by itself, which takes a minute if callers must learn to trust a new authority first; if this stays, look at the check `leader`";
  // A request for a leaf would take the place of one for an authority, and one for an authority start the wait anew.
  if (nextAuthority(secret) !== undefined || secret.metadata.annotations[ROTATE] === "ca")
    return { fix: `${repaired}. Ask for nothing more: a new authority is under way.` };
  return {
    fix: `${repaired}, and ask for a new one.`,
    command: `kubectl annotate secret ${shellWord(`${name}-tls`)} --namespace=${shellWord(namespace)} ${ROTATE}=${what} --overwrite`,
  };
}

/** What should be left when others renew late; cert-manager's overlay renews at a twelfth, Portcullis at a third. */
const LEFT_BY_OTHERS = 1 / 15;
/** A little less than a third: the leader looks every few seconds only. */
const LEFT_BY_PORTCULLIS = 0.33;

function endsSoon(certificate: X509Certificate, facts: Facts, secret: Secret): boolean {
  const least = isManaged(facts, secret) ? LEFT_BY_PORTCULLIS : LEFT_BY_OTHERS;
  return lifeLeft(certificate, clusterTime(facts)) < least;
}

function leafFindings({ chain: [leaf] }: SecretPair, facts: Facts, secret: Secret): readonly Finding[] {
  const { service } = facts;
  const host = `${service.name}.${service.namespace}.svc`;
  const certificate = `The certificate in the Secret ${service.namespace}/${service.name}-tls`;
  const tell = (id: Parameters<typeof finding>[0], what: string): Finding =>
    finding(id, { message: `${certificate} ${what}.`, ...remedy(facts, secret, "leaf") });
  return [
    ...validity(leaf, clusterTime(facts), tell),
    ...(clusterTime(facts) <= leaf.validToDate && endsSoon(leaf, facts, secret)
      ? [
          tell(
            "certificate-ends-soon",
            `ends at ${leaf.validToDate.toISOString()} and was not renewed in time`,
          ),
        ]
      : []),
    ...(leaf.checkHost(host, { subject: "never" }) === undefined
      ? [tell("certificate-wrong-name", `is not for ${host}, but for ${leaf.subjectAltName ?? "no name"}`)]
      : []),
  ];
}

function validity(
  { validFromDate, validToDate }: X509Certificate,
  now: Date,
  tell: (id: "certificate-expired" | "certificate-not-yet-valid", what: string) => Finding,
): readonly Finding[] {
  const clock = `it is ${now.toISOString()} now`;
  if (now > validToDate)
    return [tell("certificate-expired", `has expired at ${validToDate.toISOString()}; ${clock}`)];
  if (now < validFromDate)
    return [
      tell("certificate-not-yet-valid", `is not valid before ${validFromDate.toISOString()}; ${clock}`),
    ];
  return [];
}

function authorityFindings(
  { chain, authorities }: SecretPair,
  facts: Facts,
  secret: Secret,
): readonly Finding[] {
  const now = clusterTime(facts);
  const tell = (id: Parameters<typeof finding>[0], what: string): Finding =>
    finding(id, { message: `${nameOf(facts)} ${what}.`, ...remedy(facts, secret, "ca") });
  if (authorities === undefined) {
    // Somebody's own pair may well come without.
    return isManaged(facts, secret) ? [tell("authority-missing", "has no ca.crt")] : [];
  }
  const authority = trustedThrough(chain, authorities);
  if (authority === undefined)
    return [tell("authority-mismatch", "has a ca.crt that did not sign its tls.crt")];
  const end = authority.validToDate.toISOString();
  if (now > authority.validToDate)
    return [tell("authority-expired", `has an authority that has expired at ${end}`)];
  return endsSoon(authority, facts, secret)
    ? [tell("authority-ends-soon", `has an authority that ends at ${end} and was not replaced in time`)]
    : [];
}
