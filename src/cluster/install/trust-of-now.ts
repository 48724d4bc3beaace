import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { caBundleOf, type WebhookConfiguration } from "../webhooks/configuration.ts";
import type { StoredConfiguration } from "./cluster.ts";

/**
 * With what the entries trust by now, where this run has not written that: a leader may have begun to replace the authority
 * meanwhile, and relies on the next one being trusted.
 */
export function withTrustOf(
  now: StoredConfiguration | undefined,
  earlier: StoredConfiguration,
  configurations: ReadonlySet<WebhookConfiguration>,
): StoredConfiguration {
  const own = new Set(
    [...configurations].flatMap(({ webhooks }) => webhooks.map(({ clientConfig }) => clientConfig.caBundle)),
  );
  const theirs = (now?.webhooks ?? [])
    .filter(isJsonObject)
    .filter((entry) => caBundleOf(entry) !== undefined && !own.has(caBundleOf(entry)));
  const webhooks = earlier.webhooks.map((entry) => {
    if (!isJsonObject(entry)) return entry;
    const same = theirs.filter((each) => isOfSameServer(each, entry));
    const trusting =
      same.find((each) => stringMember(each, "name") === stringMember(entry, "name")) ?? same[0];
    if (trusting === undefined) return entry;
    const clientConfig = { ...objectMember(entry, "clientConfig"), caBundle: caBundleOf(trusting) };
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
