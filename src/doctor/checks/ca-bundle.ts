import type { X509Certificate } from "node:crypto";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { GUARD } from "../../cluster/webhooks/guard.ts";
import { isAnswered } from "./answer.ts";
import { finding, lookFailed, type Finding } from "../findings/finding.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import { clusterTime, named, type Facts } from "../observe/observation.ts";
import { certificatesIn, trustedThrough } from "./pem.ts";
import { secretPair } from "./secret-pair.ts";

const FIX = ({ service }: Facts): Pick<Finding, "fix"> => ({
  fix: `A leader with --keep-webhooks writes the right one by itself, cert-manager's injector where it is used; else install the webhooks again with \`portcullis webhooks --apply --cluster --ca-secret ${service.namespace}/${service.name}-tls\` and the policies and bindings of the servers.`,
});

/** What the API server verifies the server's certificate by. */
export function checkCaBundle(facts: Facts): readonly Finding[] {
  const { secret, validating, mutating } = facts;
  const lists = [
    { kind: "validating", stored: named(validating, "portcullis") },
    { kind: "mutating", stored: named(mutating, "portcullis") },
  ];
  const unseen =
    secret.kind === "unseen" ? [lookFailed("ca-bundle", "The certificate to verify", secret)] : [];
  // One alone may not be needed; `webhooks` tells that.
  if (lists.every(({ stored }) => stored.kind === "absent"))
    return [...unseen, lookFailed("ca-bundle", "What the webhooks trust", { kind: "absent" })];
  return [
    ...unseen,
    ...lists.flatMap(({ kind, stored }) => {
      if (stored.kind === "seen") return eachBundle(stored.value, kind, facts);
      return stored.kind === "absent"
        ? []
        : [lookFailed("ca-bundle", `What the ${kind} webhooks trust`, stored)];
    }),
  ];
}

function eachBundle({ webhooks }: StoredWebhooks, kind: string, facts: Facts): readonly Finding[] {
  const bundles = Map.groupBy(webhooks, bundleOf);
  return [...bundles].flatMap(([bundle, entries]) => {
    const names = entries.map((entry) => stringMember(entry, "name") ?? "");
    return bundleFindings(bundle, `The caBundle of ${names.join(", ")} (${kind})`, facts);
  });
}

function bundleOf(entry: JsonObject): string {
  return stringMember(objectMember(entry, "clientConfig"), "caBundle") ?? "";
}

/** Undefined where there is no such entry. */
function guardBundle({ validating }: Facts): string | undefined {
  const stored = named(validating, "portcullis");
  const entries = stored.kind === "seen" ? stored.value.webhooks : [];
  const guard = entries.find((entry) => stringMember(entry, "name") === GUARD);
  return guard && bundleOf(guard);
}

function bundleFindings(bundle: string, what: string, facts: Facts): readonly Finding[] {
  if (bundle === "") {
    // Its own machine's authorities may be enough; the guard's entry is the one that was asked.
    if (isAnswered(facts) && guardBundle(facts) === "") return [];
    return [finding("ca-bundle-missing", { message: `${what} is empty.`, ...FIX(facts) })];
  }
  const authorities = certificatesIn(Buffer.from(bundle, "base64").toString("latin1"));
  if (authorities === undefined)
    return [finding("ca-bundle-unreadable", { message: `${what} holds no PEM certificate.`, ...FIX(facts) })];
  return trustFindings(authorities, what, facts);
}

function trustFindings(
  authorities: readonly X509Certificate[],
  what: string,
  facts: Facts,
): readonly Finding[] {
  const now = clusterTime(facts);
  const valid = authorities.filter(({ validToDate }) => now <= validToDate);
  if (valid.length === 0) {
    const end = new Date(Math.max(...authorities.map(({ validToDate }) => validToDate.getTime())));
    const message = `${what} holds only authorities that have expired, the last at ${end.toISOString()}.`;
    return [finding("ca-bundle-expired", { message, ...FIX(facts) })];
  }
  const { secret, service } = facts;
  const pair = secret.kind === "seen" ? secretPair(secret.value) : undefined;
  if (pair === undefined || typeof pair === "string" || trustedThrough(pair.chain, valid) !== undefined)
    return [];
  const message = `${what} does not verify the certificate in the Secret ${service.namespace}/${service.name}-tls.`;
  return [finding("ca-bundle-mismatch", { message, ...FIX(facts) })];
}
