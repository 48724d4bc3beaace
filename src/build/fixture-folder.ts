/** The folders of fixtures (docs/testing-policies.md); what lies in them is neither policy nor data. */
export const FIXTURE_FOLDERS = ["good", "bad", "mutate", "unmatched"] as const;

/** The folder in a pack whose fixtures are about every policy of the pack; a policy of that name has it for itself. */
export const EVERY_POLICY = "every-policy";

/** They are in the folder `<name>/` beside `<name>.rego` and in `every-policy/`, and in scenarios one level deeper. */
const LEVELS = 2;

/**
 * In how many levels from a folder on the folders of fixtures are what their names say; `siblings` are the names beside
 * it, `outside` is the number of the folder that holds it.
 */
export function fixtureLevels(name: string, siblings: ReadonlySet<string>, outside: number): number {
  return name === EVERY_POLICY || siblings.has(`${name}.rego`) ? LEVELS : Math.max(0, outside - 1);
}

export function isFixtureFolder(name: string): boolean {
  return FIXTURE_FOLDERS.some((folder) => folder === name);
}
