import { recordOf } from "../../cluster/install/record.ts";
import type {
  WebhookConfiguration,
  WebhookKind,
  WebhookServer,
} from "../../cluster/webhooks/configuration.ts";
import { hasProbe, isProbe, withProbe } from "../../cluster/webhooks/probe.ts";
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
  if (!isIgnoreMeant(facts)) return validating;
  const server = unfinishedInstallation(facts);
  return server === undefined ? withoutFail(validating) : withProbe(withoutFail(validating), server);
}

/** The server of an installation that has not come to its end: under Ignore, and asked for its probe. */
export function unfinishedInstallation({ validating }: Pick<Facts, "validating">): WebhookServer | undefined {
  const stored = named(validating, "portcullis");
  if (stored.kind !== "seen" || !hasProbe(stored.value.webhooks)) return undefined;
  const record = recordOf(stored.value.metadata);
  return record?.isUnderIgnore === true ? record.server : undefined;
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

/** The names of the entries under Fail, also by default, that writes wait for. */
export function failing({ webhooks }: StoredWebhooks): readonly string[] {
  return webhooks
    .filter((entry) => stringMember(entry, "failurePolicy") !== "Ignore" && !isProbe(entry))
    .map((entry) => stringMember(entry, "name") ?? "");
}
