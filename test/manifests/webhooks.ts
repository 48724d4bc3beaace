/** `node test/manifests/webhooks.ts` writes the webhook configurations of the overlays anew. */
import { writeFile } from "node:fs/promises";
import { portcullis } from "../docs/command.ts";

/** The bindings of each overlay that has webhook configurations, as its ConfigMap puts them together. */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  "cert-manager": ["manifests/components/cert-manager/bindings"],
  production: ["manifests/components/cert-manager/bindings", "manifests/overlays/production/bindings"],
};

export const OVERLAYS_WITH_WEBHOOKS = Object.keys(BINDINGS);

export function webhooksFile(overlay: string): string {
  return `manifests/overlays/${overlay}/webhooks/webhooks.yaml`;
}

/** What that file must hold. */
export async function webhooksText(overlay: string): Promise<string> {
  const bindings = (BINDINGS[overlay] ?? []).flatMap((folder) => ["--bindings", folder]);
  const { stdout, stderr, exitCode } = await portcullis(".", ["webhooks", ...bindings]);
  if (exitCode !== 0) throw new Error(stderr);
  return `# Written by \`node test/manifests/webhooks.ts\` from the policies and bindings; changes here are lost.\n${stdout}`;
}

if (import.meta.main) {
  for (const overlay of OVERLAYS_WITH_WEBHOOKS)
    await writeFile(webhooksFile(overlay), await webhooksText(overlay));
}
