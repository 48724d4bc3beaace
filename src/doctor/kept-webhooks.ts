import { isApplied, RECORD_ANNOTATION, recordOf } from "../cluster/install/record.ts";
import type { WebhookKind } from "../cluster/webhooks/configuration.ts";
import { finding, type Finding } from "./finding.ts";
import { isLed } from "./leader.ts";
import { runsWith, type Facts, type StoredWebhooks } from "./observation.ts";

/** As the leader decides it (`cluster/leader/keep-webhooks.ts`); it says nothing of whether there is one. */
type Installation =
  | { readonly kind: "kept" }
  /** Not by server-side apply of `portcullis webhooks --apply`, or the leader: by these, or by nobody who is known. */
  | { readonly kind: "foreign"; readonly managers: readonly string[] }
  /** Without a record that Portcullis has written. */
  | { readonly kind: "unrecorded" };

function installationOf({ metadata }: StoredWebhooks): Installation {
  if (!metadata.managedFields.some(isApplied)) {
    const managers = metadata.managedFields.map(({ manager }) => manager);
    return { kind: "foreign", managers: [...new Set(managers)] };
  }
  return { kind: recordOf(metadata) === undefined ? "unrecorded" : "kept" };
}

/** Deleting both frees from whatever others own of them; `--apply` alone could be refused for that. */
const REINSTALL =
  "delete both configurations (`kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis`: no policy is enforced until the next step) and install them anew: `portcullis webhooks --apply --cluster` with the policies and bindings of the servers.";

/** A configuration that no leader keeps, where one should; without a leader, one that somebody else has installed. */
export function notKept(kind: WebhookKind, stored: StoredWebhooks, facts: Facts): readonly Finding[] {
  const installation = installationOf(stored);
  const isMeant = isKeepingMeant(facts);
  if (installation.kind === "kept") return [];
  const isForeign = installation.kind === "foreign" && installation.managers.length > 0;
  if (!isMeant && !isForeign) return [];
  return [
    finding("webhooks-not-kept", {
      message: `The ${kind} portcullis ${reason(installation)}.`,
      fix: isMeant
        ? `The leader does not touch it, though it is to keep the webhooks. To have it kept, ${REINSTALL}`
        : `Keep it current by what installed it, or ${REINSTALL}`,
    }),
  ];
}

function reason(installation: Exclude<Installation, { readonly kind: "kept" }>): string {
  if (installation.kind === "unrecorded")
    return `has no annotation ${RECORD_ANNOTATION} that Portcullis has written: an older version has installed it, or somebody has changed that`;
  const { managers } = installation;
  const by = managers.length === 0 ? ": it has no managedFields" : ` but by ${managers.join(", ")}`;
  return `was not installed by \`portcullis webhooks --apply\`${by}`;
}

/** Whether a leader is meant to keep webhooks; of servers elsewhere only their Lease tells. */
function isKeepingMeant(facts: Facts): boolean {
  return runsWith(facts, "--keep-webhooks") ?? isLed(facts);
}

/** What has others' changes undone, if anything is known to. */
export function whoPutsBack(stored: StoredWebhooks, facts: Facts): string {
  const isKept = installationOf(stored).kind === "kept" && runsWith(facts, "--keep-webhooks") === true;
  return isKept && isLed(facts)
    ? "The leader puts it back by itself within seconds."
    : "Nobody is known to put it back: look at the check `leader`, and whether the servers run with --keep-webhooks.";
}
