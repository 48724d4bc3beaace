import type { Snapshot } from "../../admission/snapshot.ts";
import { PortcullisError } from "../../error.ts";
import type { Exclusions } from "../../policy/binding.ts";
import { guardWebhook, notAskedByGuard } from "./guard.ts";
import { cellKey, contains, isWildcard, type ResourceCell } from "./resource-cell.ts";
import { rulesFor } from "./rules.ts";
import { exclusionSelector, globConditions, noneOf, NO_NAMESPACES } from "./scope.ts";
import { UNASKED_CONDITIONS } from "./unasked-resource.ts";
import { wantedBy, type Wanted } from "./wanted.ts";
import {
  webhookConfiguration,
  webhookEntry,
  type MatchCondition,
  type WebhookConfiguration,
  type WebhookEntry,
  type WebhookServer,
} from "./configuration.ts";

/** What `portcullis webhooks` makes. */
export interface GeneratedWebhooks {
  readonly validating: WebhookConfiguration;
  readonly mutating: WebhookConfiguration;
  /** What a person should know, e.g. a policy that no webhook is asked for. */
  readonly notes: readonly string[];
}

/**
 * The webhook configurations for policies under their bindings and exclusions; equal inputs give equal values. No
 * request of a policy's is left out, none is asked about twice, and none is under `Fail` that no policy denies.
 */
export function webhookConfigurations(
  snapshot: Pick<Snapshot, "policies" | "exclusions">,
  server: WebhookServer,
): GeneratedWebhooks {
  const { exclusions } = snapshot;
  const wanted = wantedBy(snapshot);
  const scopes = { exclusions, server };
  const validating = [
    ...validatingEntries(wanted, scopes),
    webhookEntry(guardWebhook(exclusions), server, "/validate"),
  ];
  return {
    validating: webhookConfiguration(VALIDATING, validating),
    mutating: webhookConfiguration(MUTATING, mutatingEntries(wanted, scopes)),
    notes: wanted.notes,
  };
}

export const VALIDATING = { kind: "ValidatingWebhookConfiguration", name: "portcullis" } as const;
export const MUTATING = { kind: "MutatingWebhookConfiguration", name: "portcullis" } as const;

/** An empty configuration would switch every policy of a cluster off: throws WEBHOOKS_EMPTY. */
export function checkNotEmpty(
  { validating, mutating }: GeneratedWebhooks,
  bundle: { readonly policies: number; readonly file: string },
): void {
  const asked = validating.webhooks.length + mutating.webhooks.length;
  // The guard of the exemption label is always there.
  if (bundle.policies > 0 && asked > 1) return;
  throw new PortcullisError("WEBHOOKS_EMPTY", {
    message:
      bundle.policies === 0
        ? `The bundle ${bundle.file} holds no policy, so there is nothing that webhooks could be asked about.`
        : "None of the policies says which resources it is for, so there is nothing that webhooks could be asked about.",
    remedy: "Name the policies with --policies and what they are for in METADATA or with --bindings.",
  });
}

/**
 * How `--failure-policy-ignore` is remembered by the cluster, so that whoever keeps the configuration current keeps that,
 * too. A configuration without it has the failure policies of its policies.
 */
export const IGNORE_ANNOTATION = { name: "policy.portcullis.dev/failure-policy", value: "Ignore" } as const;

/** The same configuration with nothing under `Fail`: whatever happens to the server, no write waits for it. */
export function withoutFail(configuration: WebhookConfiguration): WebhookConfiguration {
  const { metadata } = configuration;
  const annotations = { ...metadata.annotations, [IGNORE_ANNOTATION.name]: IGNORE_ANNOTATION.value };
  const webhooks = configuration.webhooks.map((entry) => ({ ...entry, failurePolicy: "Ignore" as const }));
  return { ...configuration, metadata: { ...metadata, annotations }, webhooks };
}

interface Scopes {
  readonly exclusions: Exclusions["spec"];
  readonly server: WebhookServer;
}

function validatingEntries({ fail, ignore }: Wanted, scopes: Scopes): readonly WebhookEntry[] {
  const failing = byNamespaces(fail);
  const ignoring = byNamespaces(ignore);
  const askedUnderFail = new Set(failing.namespaces.map(cellKey));
  const namespaces = ignoring.namespaces.filter((cell) => !askedUnderFail.has(cellKey(cell)));
  const conditions = [{ name: "not-by-exemption-guard", expression: notAskedByGuard(scopes.exclusions) }];
  const entries: readonly PlannedEntry[] = [
    { name: "validate-fail", failurePolicy: "Fail", cells: failing.others, conditions: [] },
    {
      name: "validate-ignore",
      failurePolicy: "Ignore",
      cells: ignoring.others,
      conditions: wildcardConditions(ignoring.others, failing.others),
    },
    { name: "namespaces-fail", failurePolicy: "Fail", cells: failing.namespaces, conditions },
    { name: "namespaces-ignore", failurePolicy: "Ignore", cells: namespaces, conditions },
  ];
  return entries.flatMap((entry) => entryOf(entry, scopes, "/validate"));
}

function mutatingEntries({ mutate }: Wanted, scopes: Scopes): readonly WebhookEntry[] {
  const { namespaces, others } = byNamespaces(mutate);
  const entries: readonly PlannedEntry[] = [
    { name: "mutate", failurePolicy: "Ignore", cells: others, conditions: wildcardConditions(others, []) },
    { name: "mutate-namespaces", failurePolicy: "Ignore", cells: namespaces, conditions: [] },
  ];
  return entries.flatMap((entry) => entryOf(entry, scopes, "/mutate"));
}

interface PlannedEntry extends Pick<WebhookEntry, "name" | "failurePolicy"> {
  readonly cells: readonly ResourceCell[];
  /** Besides those that all entries have. */
  readonly conditions: readonly MatchCondition[];
}

/** None, if there is nothing to ask about. */
function entryOf(
  { name, failurePolicy, cells, conditions }: PlannedEntry,
  { exclusions, server }: Scopes,
  path: "/validate" | "/mutate",
): readonly WebhookEntry[] {
  if (cells.length === 0) return [];
  const entry = {
    name: `${name}.portcullis.dev`,
    rules: rulesFor(cells),
    failurePolicy,
    namespaceSelector: exclusionSelector(exclusions, server, { exempt: !cells.some(isOfNamespaces) }),
    matchConditions: [...UNASKED_CONDITIONS, ...globConditions(exclusions), ...conditions],
  };
  return [webhookEntry(entry, server, path)];
}

/**
 * Namespaces apart from everything else: their entries have no selector on the exemption label, since the API server
 * would test it on the labels that come in. A wildcard stands for Namespaces, too.
 */
function byNamespaces(cells: readonly ResourceCell[]): {
  readonly namespaces: readonly ResourceCell[];
  readonly others: readonly ResourceCell[];
} {
  const namespaces = cells
    .filter((cell) => contains(cell, { ...cell, ...NAMESPACES }))
    .map((cell) => ({ ...cell, ...NAMESPACES }));
  return {
    namespaces: [...new Map(namespaces.map((cell) => [cellKey(cell), cell])).values()],
    others: cells.filter((cell) => !isOfNamespaces(cell)),
  };
}

const NAMESPACES = { group: "", resource: "namespaces" } as const;

function isOfNamespaces({ group, resource }: ResourceCell): boolean {
  return group === NAMESPACES.group && resource === NAMESPACES.resource;
}

/** Rules can only add, so what other entries are asked about is taken out of wildcards by conditions. */
function wildcardConditions(
  cells: readonly ResourceCell[],
  elsewhere: readonly ResourceCell[],
): readonly MatchCondition[] {
  const wildcards = cells.filter(isWildcard);
  const twice = elsewhere.filter((cell) =>
    wildcards.some((wildcard) => wildcard.operation === cell.operation && contains(wildcard, cell)),
  );
  return wildcards.length === 0 ? [] : [NO_NAMESPACES, ...noneOf(twice)];
}
