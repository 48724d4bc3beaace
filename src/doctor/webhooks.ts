import type { WebhookConfiguration, WebhookKind } from "../cluster/webhooks/configuration.ts";
import { finding, lookFailed, notChecked, type Finding } from "./finding.ts";
import { notKept, whoPutsBack } from "./kept-webhooks.ts";
import { named, type Facts, type StoredWebhooks } from "./observation.ts";
import { wantedOf } from "./wanted-webhooks.ts";
import { differences } from "./webhook-differences.ts";

const INSTALL =
  "Install them with `portcullis webhooks --apply --cluster` and the policies and bindings of the servers.";

/** Whether what is installed is what policies and bindings need, and who keeps it. */
export function checkWebhooks(facts: Facts): readonly Finding[] {
  const { expected } = facts;
  return [
    ...(expected.kind === "known"
      ? expected.webhooks.notes.map(unaskedPolicy)
      : [notChecked("webhooks", "Whether they are what the policies need", expected.reason)]),
    ...(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] as const).flatMap((kind) =>
      configurationFindings(kind, facts),
    ),
    ...leftovers(facts),
  ];
}

function unaskedPolicy(note: string): Finding {
  return finding("policy-unasked", {
    message: `${note}.`,
    fix: "Decide whether that is meant; docs/reference/webhooks.md says what is asked about.",
  });
}

function configurationFindings(kind: WebhookKind, facts: Facts): readonly Finding[] {
  const stored = named(facts[listOf(kind)], "portcullis");
  if (stored.kind === "unseen") return [lookFailed("webhooks", `The ${kind} portcullis`, stored)];
  const wanted = wantedOf(kind, facts);
  if (stored.kind === "absent") return wanted?.webhooks.length === 0 ? [] : [missing(kind)];
  return [
    ...notKept(kind, stored.value, facts),
    ...(wanted === undefined ? [] : drift(wanted, stored.value, facts)),
  ];
}

function listOf(kind: WebhookKind): "validating" | "mutating" {
  return kind === "ValidatingWebhookConfiguration" ? "validating" : "mutating";
}

function missing(kind: WebhookKind): Finding {
  return finding("webhooks-missing", {
    message: `There is no ${kind} portcullis.`,
    fix: `${INSTALL} Nothing puts back by itself what was deleted.`,
  });
}

function drift(wanted: WebhookConfiguration, stored: StoredWebhooks, facts: Facts): readonly Finding[] {
  const name = `${wanted.kind} portcullis`;
  return differences(wanted, stored.webhooks).map(({ id, entry, what }) =>
    finding(id, {
      message: `In the ${name} ${what(`the entry ${entry}`)}.`,
      fix: `${whoPutsBack(stored, facts)} Did you give the policies and bindings of the servers? If so and it stays, install the webhooks again with \`portcullis webhooks --apply --cluster\` and the same; it says what others have added.`,
    }),
  );
}

const LEFTOVERS = ["portcullis-self-probe", "portcullis-removal-probe"] as const;

function leftovers(facts: Facts): readonly Finding[] {
  return (["validating", "mutating"] as const).flatMap((list) =>
    LEFTOVERS.filter((name) => named(facts[list], name).kind === "seen").map((name) =>
      finding("probe-left-behind", {
        message: `There is a ${list} webhook configuration ${name}, which is meant to be there for seconds only.`,
        fix: "Delete it if nobody is installing or removing Portcullis right now.",
        command: `kubectl delete ${list}webhookconfiguration ${name}`,
      }),
    ),
  );
}
