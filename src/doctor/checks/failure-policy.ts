import { finding, lookFailed, type Finding } from "../findings/finding.ts";
import { foreignBlockers } from "./foreign-webhooks.ts";
import { named, type Facts } from "../observe/observation.ts";
import { failing, isIgnoreMeant, unfinishedInstallation } from "./wanted-webhooks.ts";

/** What happens to writes while somebody does not answer. Differences from what is wanted are among those of `webhooks.ts`. */
export function checkFailurePolicy(facts: Facts): readonly Finding[] {
  return [...allUnderIgnore(facts), ...failWithoutServer(facts), ...othersInTheWay(facts)];
}

function allUnderIgnore(facts: Facts): readonly Finding[] {
  if (!isIgnoreMeant(facts)) return [];
  if (unfinishedInstallation(facts) !== undefined) return [UNFINISHED];
  return [
    finding("all-under-ignore", {
      message:
        "The ValidatingWebhookConfiguration portcullis was installed with --failure-policy-ignore: everything in it is under Ignore, also where policies deny.",
      fix: "If that is not meant, or no longer: install the webhooks without --failure-policy-ignore.",
    }),
  ];
}

const UNFINISHED = finding("installation-unfinished", {
  message:
    "An installation has not come to its end: everything in the ValidatingWebhookConfiguration portcullis is under Ignore until `portcullis webhooks --apply` is run again.",
  fix: "One that is running right now shows this for seconds, a minute at most. If it stays, that run was killed: run `portcullis webhooks --apply --cluster` again with the policies and bindings of the servers.",
});

function failWithoutServer({ validating, mutating, serviceState, service }: Facts): readonly Finding[] {
  const hasNone =
    serviceState.kind === "seen" &&
    (serviceState.value === "no-endpoints" || serviceState.value === "missing");
  if (!hasNone) return [];
  const entries = [validating, mutating].flatMap((list) => {
    const stored = named(list, "portcullis");
    return stored.kind === "seen" ? failing(stored.value) : [];
  });
  if (entries.length === 0) return [];
  return [
    finding("fail-without-server", {
      message: `Nobody answers for the Service ${service.namespace}/${service.name}, and these entries are under failurePolicy Fail: ${entries.join(", ")}.`,
      fix: "Start Portcullis again. If the cluster cannot wait, delete the configurations: everything is let in until they are installed again (docs/recovery.md).",
      command: "kubectl delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis",
    }),
  ];
}

function othersInTheWay(facts: Facts): readonly Finding[] {
  const { service } = facts;
  return (["validating", "mutating"] as const).flatMap((list) => {
    const seen = facts[list];
    if (seen.kind !== "seen")
      return [lookFailed("failure-policy", `The ${list} webhook configurations of others`, seen)];
    return foreignBlockers(seen.value, facts).map(({ configuration, entry, blocks, isConditional }) =>
      finding("foreign-webhook-blocks", {
        message: `The entry ${entry} of the ${list} webhook configuration ${configuration} is asked about ${blocks.join(" and ")} in ${service.namespace}, under failurePolicy Fail${isConditional ? " (unless its matchConditions leave them out)" : ""}.`,
        fix: `Have its namespaceSelector leave out ${service.namespace}, by the label kubernetes.io/metadata.name.`,
      }),
    );
  });
}
