import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { caBundleOf, type WebhookConfiguration } from "../webhooks/configuration.ts";
import { trustsAll } from "../webhooks/trust.ts";
import type { StoredConfiguration } from "./cluster.ts";

/**
 * With what the entries trust by now: a leader may have begun to replace the authority meanwhile, and relies on the next one
 * being trusted. What this run has written counts where it only adds to what was trusted: a leader that waited for it may
 * have the added one sign by now.
 */
export function withTrustOf(
  now: StoredConfiguration | undefined,
  earlier: StoredConfiguration,
  configurations: ReadonlySet<WebhookConfiguration>,
): StoredConfiguration {
  const own = new Set(
    [...configurations].flatMap(({ webhooks }) => webhooks.map(({ clientConfig }) => clientConfig.caBundle)),
  );
  const trusted = (now?.webhooks ?? []).filter(isJsonObject).flatMap((entry) => {
    const caBundle = caBundleOf(entry);
    return caBundle === undefined ? [] : [{ entry, caBundle }];
  });
  const webhooks = earlier.webhooks.map((entry) => {
    if (!isJsonObject(entry)) return entry;
    const before = caBundleOf(entry) ?? "";
    const same = trusted.filter(
      (each) =>
        isOfSameServer(each.entry, entry) && (!own.has(each.caBundle) || trustsAll(each.caBundle, before)),
    );
    const trusting =
      same.find((each) => stringMember(each.entry, "name") === stringMember(entry, "name")) ?? same[0];
    if (trusting === undefined) return entry;
    const clientConfig = { ...objectMember(entry, "clientConfig"), caBundle: trusting.caBundle };
    return { ...entry, clientConfig };
  });
  return { ...earlier, webhooks };
}

/** Whether both are asked of one Service, at whichever port, or of one URL. */
function isOfSameServer(one: JsonObject, other: JsonObject): boolean {
  const [a, b] = [one, other].map(serverOf);
  return a !== undefined && a === b;
}

function serverOf(entry: JsonObject): string | undefined {
  const clientConfig = objectMember(entry, "clientConfig");
  const service = objectMember(clientConfig, "service");
  const url = stringMember(clientConfig, "url");
  if (service === undefined) return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
  return `${stringMember(service, "namespace") ?? ""}/${stringMember(service, "name") ?? ""}`;
}
