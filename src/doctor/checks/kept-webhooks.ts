import { isHere } from "../../cluster/leader/wanted.ts";
import { isApplied, RECORD_ANNOTATION, recordOf } from "../../cluster/install/record.ts";
import { finding, type Finding } from "../findings/finding.ts";
import { isLed } from "./leader.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import { named, runsWith, type Facts } from "../observe/observation.ts";

/** As the leader decides it (`cluster/leader/keep-webhooks.ts`); it says nothing of whether there is one. */
type Installation =
  | { readonly kind: "kept" }
  /** Not by server-side apply of `portcullis webhooks --apply`, or the leader: by these, or by nobody who is known. */
  | { readonly kind: "foreign"; readonly managers: readonly string[] }
  /** Without a record that Portcullis has written. */
  | { readonly kind: "unrecorded" }
  /** For another Service, named as `namespace/name`. */
  | { readonly kind: "elsewhere"; readonly server: string };

function installationOf({ metadata }: StoredWebhooks, service: Facts["service"]): Installation {
  if (!metadata.managedFields.some(isApplied)) {
    const managers = metadata.managedFields.map(({ manager }) => manager);
    return { kind: "foreign", managers: [...new Set(managers)] };
  }
  const server = recordOf(metadata)?.server;
  if (server === undefined) return { kind: "unrecorded" };
  if ("url" in server || isHere(server, service)) return KEPT;
  return { kind: "elsewhere", server: `${server.service.namespace}/${server.service.name}` };
}

const KEPT: Installation = { kind: "kept" };

/** Deleting both frees from whatever others own of them; `--apply` alone could be refused for that. */
const REINSTALL =
  "delete both configurations (`kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis`: no policy is enforced until the next step) and install them anew: `portcullis webhooks --apply --cluster` with the policies and bindings of the servers.";

/**
 * Configurations that no leader keeps, where one should. Where none is known to, those that somebody else has installed;
 * but none where the servers are known not to keep any: then somebody else's tooling is meant to.
 */
export function notKept(facts: Facts): readonly Finding[] {
  if (runsWith(facts, "--keep-webhooks") === false) return [];
  const isMeant = isKeepingMeant(facts);
  const unkept = (["validating", "mutating"] as const).flatMap((list) => {
    const stored = named(facts[list], "portcullis");
    const installation = stored.kind === "seen" ? installationOf(stored.value, facts.service) : KEPT;
    if (installation.kind === "kept") return [];
    const isForeign = installation.kind === "foreign" && installation.managers.length > 0;
    return isMeant || isForeign
      ? [{ installation, text: `The ${KIND[list]} portcullis ${reason(installation)}.` }]
      : [];
  });
  const [first] = unkept;
  if (first === undefined) return [];
  return [
    finding("webhooks-not-kept", {
      ...(unkept.length === 1
        ? { message: first.text }
        : {
            message: "Neither of the webhook configurations is one that the leader keeps.",
            items: unkept.map(({ text }) => text),
          }),
      fix: fix(first.installation, isMeant),
    }),
  ];
}

function fix(installation: Unkept, isMeant: boolean): string {
  if (installation.kind === "elsewhere")
    return `If that Service is the one that is meant, look at it with --service ${installation.server}. Else install the webhooks for this one: \`portcullis webhooks --apply --cluster\` with the policies and bindings of the servers.`;
  return isMeant
    ? `The leader does not touch it, though it is to keep the webhooks. To have it kept, ${REINSTALL}`
    : `Keep it current by what installed it, or ${REINSTALL}`;
}

const KIND = {
  validating: "ValidatingWebhookConfiguration",
  mutating: "MutatingWebhookConfiguration",
} as const;

type Unkept = Exclude<Installation, { readonly kind: "kept" }>;

function reason(installation: Unkept): string {
  if (installation.kind === "elsewhere")
    return `was installed for the Service ${installation.server}: the leader here leaves it alone`;
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
  const isTold = runsWith(facts, "--keep-webhooks");
  if (installationOf(stored, facts.service).kind !== "kept" || isTold === false || !isLed(facts))
    return "Nobody is known to put it back: look at the check `leader`, and whether the servers run with --keep-webhooks.";
  return isTold === true
    ? "The leader puts it back by itself within seconds."
    : "If the servers run with --keep-webhooks, the leader puts it back by itself within seconds.";
}
