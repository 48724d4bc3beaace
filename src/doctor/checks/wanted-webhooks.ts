import { recordOf } from "../../cluster/install/record.ts";
import type { WebhookConfiguration, WebhookKind } from "../../cluster/webhooks/configuration.ts";
import { withoutFail } from "../../cluster/webhooks/webhooks.ts";
import { stringMember } from "../../policy/json.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import { named, type Facts } from "../observe/observation.ts";

/** What a configuration must be; undefined if that is not known. */
export function wantedOf(kind: WebhookKind, facts: Facts): WebhookConfiguration | undefined {
  const { expected } = facts;
  if (expected.kind === "unknown") return undefined;
  const { validating, mutating } = expected.webhooks;
  if (kind === "MutatingWebhookConfiguration") return mutating;
  return isIgnoreMeant(facts) ? withoutFail(validating) : validating;
}

/** Whether it was installed with `--failure-policy-ignore`, which the leader then keeps. */
export function isIgnoreMeant({ validating }: Pick<Facts, "validating">): boolean {
  const stored = named(validating, "portcullis");
  return stored.kind === "seen" && recordOf(stored.value.metadata)?.isUnderIgnore === true;
}

/** Whether nothing can tell that the server does not answer. */
export function isAllUnderIgnore({ validating }: Pick<Facts, "validating">): boolean {
  const stored = named(validating, "portcullis");
  return stored.kind === "seen" && stored.value.webhooks.length > 0 && failing(stored.value).length === 0;
}

/** The names of the entries under Fail, which is also what an entry without a failurePolicy is under. */
export function failing({ webhooks }: StoredWebhooks): readonly string[] {
  return webhooks
    .filter((entry) => stringMember(entry, "failurePolicy") !== "Ignore")
    .map((entry) => stringMember(entry, "name") ?? "");
}
