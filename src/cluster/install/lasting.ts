import { PortcullisError } from "../../error.ts";
import { isJsonObject, stringMember } from "../../policy/json.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import { caBundleOf, type WebhookConfiguration } from "../webhooks/configuration.ts";
import { differenceOf, type Difference } from "../webhooks/configuration-difference.ts";
import { trustsAll } from "../webhooks/trust.ts";
import type { StoredConfiguration } from "./cluster.ts";
import { RECORD_ANNOTATION, recordText } from "./record.ts";
import type { Run } from "./run.ts";
import { idOf, type WantedWebhooks } from "./steps.ts";

/**
 * Waits for another run, which may be some steps behind, to come to the same end. That a leader or an injector has written
 * more authorities meanwhile is well: what the entries trust is theirs. Throws WEBHOOKS_CONFLICT.
 */
export async function lastingly(
  { validating, mutating }: WantedWebhooks,
  { cluster, surroundings }: Pick<Run, "cluster" | "surroundings">,
): Promise<void> {
  let other = "";
  const attempt = async (): Promise<Attempt> => {
    for (const configuration of [validating, mutating]) {
      const what = otherThan(configuration, await cluster.read(idOf(configuration)));
      if (what === undefined) continue;
      other = what;
      return { kind: "again", reason: "somebody else is changing the webhook configurations" };
    }
    return { kind: "done" };
  };
  if ((await waitFor(attempt, surroundings)) === undefined) return;
  throw new PortcullisError("WEBHOOKS_CONFLICT", {
    message: `Somebody else has changed the webhook configurations while they were installed: ${other} not what this command was to install.`,
    remedy: "See that nobody else installs at the same time, and run the command again.",
  });
}

/** What of it is not as wanted, and "is"; undefined if all is. */
function otherThan(wanted: WebhookConfiguration, now: StoredConfiguration | undefined): string | undefined {
  const name = `the ${wanted.kind} ${wanted.metadata.name}`;
  if (now === undefined) return `${name} was deleted, which is`;
  const difference = differenceOf(wanted, now) ?? untrusted(wanted, now);
  if (difference !== undefined) return `${placeOf(difference)} of ${name} is`;
  return recordText(wanted) === recordText(now)
    ? undefined
    : `the annotation ${RECORD_ANNOTATION} of ${name} is`;
}

/** The first entry that does not trust what was to be trusted. */
function untrusted({ webhooks }: WebhookConfiguration, stored: StoredConfiguration): Difference | undefined {
  const now = new Map(
    stored.webhooks.filter(isJsonObject).map((entry) => [stringMember(entry, "name"), caBundleOf(entry)]),
  );
  const other = webhooks.find(({ name, clientConfig: { caBundle } }) => {
    return caBundle !== undefined && !trustsAll(now.get(name) ?? "", caBundle);
  });
  return other && { entry: other.name, field: "caBundle" };
}

/** e.g. `matchConditions of the entry validate-fail.portcullis.dev`. */
export function placeOf({ entry, field }: Difference): string {
  return field === undefined ? `the entry ${entry}` : `${field} of the entry ${entry}`;
}
