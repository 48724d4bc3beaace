import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Facts } from "../observe/observation.ts";
import { DEFAULT_EXCLUSIONS } from "../../policy/binding.ts";

/** Namespaces that somebody has taken out of all policies by the label. */
export function checkExemptions({ namespaces, expected }: Facts): readonly Finding[] {
  if (namespaces.kind !== "seen") return [lookFailed("exemptions", "The namespaces", namespaces)];
  const label = expected.kind === "known" ? expected.exemptionLabel : DEFAULT_EXCLUSIONS.namespaceLabel;
  const exempt = namespaces.value
    .filter(({ metadata: { labels } }) => Object.hasOwn(labels, label))
    .map(({ metadata: { name } }) => name);
  if (exempt.length === 0) return [];
  return [
    finding("namespaces-exempt", {
      message: `${exempt.length === 1 ? "One namespace has" : `${exempt.length} namespaces have`} the label ${label}: ${listed(exempt)}.`,
      fix: "Take the label away where it is no longer needed.",
      command: `kubectl label namespace ${shellWord(exempt[0] ?? "")} ${shellWord(label)}-`,
    }),
  ];
}

const SHOWN = 20;

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
