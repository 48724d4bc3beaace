import type { NamespaceData } from "../admission/snapshot.ts";

type Namespaces = ReadonlyMap<string, NamespaceData>;

/** What turns `before` into `after`: new and other namespaces by name, undefined for those that are gone. */
export function namespaceChanges(
  before: Namespaces,
  after: Namespaces,
): ReadonlyMap<string, NamespaceData | undefined> {
  const changes = new Map<string, NamespaceData | undefined>();
  for (const [name, data] of after) {
    if (before.get(name)?.document.text !== data.document.text) changes.set(name, data);
  }
  for (const name of before.keys()) if (!after.has(name)) changes.set(name, undefined);
  return changes;
}

/** `before` with the changes. */
export function changedNamespaces(
  before: Namespaces,
  changes: ReadonlyMap<string, NamespaceData | undefined>,
): Namespaces {
  const after = new Map(before);
  for (const [name, data] of changes) {
    if (data === undefined) after.delete(name);
    else after.set(name, data);
  }
  return after;
}
