import { OWN_CONFIGURATIONS } from "../../cluster/uninstall/removal-probe.ts";
import type { WebhookConfiguration, WebhookKind } from "../../cluster/webhooks/configuration.ts";
import { contested } from "./contested-webhooks.ts";
import { finding, lookFailed, notChecked, shellWord, type Finding } from "../findings/finding.ts";
import { notKept, whoPutsBack } from "./kept-webhooks.ts";
import type { StoredWebhooks } from "../observe/objects.ts";
import { named, type Facts } from "../observe/observation.ts";
import { stringMember, type JsonObject } from "../../policy/json.ts";
import { wantedOf } from "./wanted-webhooks.ts";
import { differences } from "./webhook-differences.ts";

const INSTALL =
  "Install them with `portcullis webhooks --apply --cluster` and the policies and bindings of the servers.";

const KINDS: readonly WebhookKind[] = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/** Whether what is installed is what policies and bindings need, and who keeps it. */
export function checkWebhooks(facts: Facts): readonly Finding[] {
  const { expected } = facts;
  return [
    ...(expected.kind === "known"
      ? expected.webhooks.notes.map(unaskedPolicy)
      : [notChecked("webhooks", "Whether they are what the policies need", expected.reason)]),
    ...missing(facts),
    ...notKept(facts),
    ...KINDS.flatMap((kind) => configurationFindings(kind, facts)),
    ...leftovers(facts),
    ...secondInstallations(facts),
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
  if (stored.kind === "absent") return [];
  const wanted = wantedOf(kind, facts);
  return [
    ...contested(kind, stored.value, facts),
    ...(wanted === undefined ? [] : drift(wanted, stored.value, facts)),
  ];
}

function listOf(kind: WebhookKind): "validating" | "mutating" {
  return kind === "ValidatingWebhookConfiguration" ? "validating" : "mutating";
}

/** One that has no entries need not be there. */
function missing(facts: Facts): readonly Finding[] {
  const kinds = KINDS.filter(
    (kind) =>
      named(facts[listOf(kind)], "portcullis").kind === "absent" &&
      wantedOf(kind, facts)?.webhooks.length !== 0,
  );
  if (kinds.length === 0) return [];
  return [
    finding("webhooks-missing", {
      message: `There is no ${kinds.join(" and no ")} portcullis.`,
      fix: `${INSTALL} Nothing puts back by itself what was deleted.`,
    }),
  ];
}

function drift(wanted: WebhookConfiguration, stored: StoredWebhooks, facts: Facts): readonly Finding[] {
  const name = `${wanted.kind} portcullis`;
  const fix = `${whoPutsBack(stored, facts)} Did you give the policies and bindings of the servers? If so and it stays, install the webhooks again with \`portcullis webhooks --apply --cluster\` and the same; it says what others have added.`;
  const byId = Map.groupBy(differences(wanted, stored.webhooks), ({ id }) => id);
  return [...byId].map(([id, [first, ...others]]) => {
    const texts = [first, ...others].flatMap((each) =>
      each === undefined ? [] : [each.what(`the entry ${each.entry}`)],
    );
    return finding(id, {
      // Whoever changes one field of a configuration often changes it in all entries.
      ...(others.length === 0
        ? { message: `In the ${name} ${texts.join("")}.` }
        : { message: `In the ${name} ${texts.length} things differ.`, items: texts }),
      fix,
    });
  });
}

/** Configurations of other names that ask Portcullis: they would ask it twice. */
function secondInstallations(facts: Facts): readonly Finding[] {
  return (["validating", "mutating"] as const).flatMap((list) => {
    const seen = facts[list];
    const all = seen.kind === "seen" ? seen.value : [];
    return all
      .filter(({ metadata: { name }, webhooks }) => !OWN_CONFIGURATIONS.has(name) && webhooks.some(isOurs))
      .map(({ metadata: { name } }) =>
        finding("second-installation", {
          message: `The ${list} webhook configuration ${name} has entries of Portcullis, beside those of portcullis.`,
          fix: "Portcullis knows its configurations by their name: if this one was renamed (a namePrefix) or is left of an older installation, delete it; nobody keeps it current.",
          command: `kubectl delete ${list}webhookconfiguration ${shellWord(name)}`,
        }),
      );
  });
}

function isOurs(entry: JsonObject): boolean {
  return stringMember(entry, "name")?.endsWith(".portcullis.dev") ?? false;
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
