/** Which clusters tests may fill and empty as they like: those that `make kind` has created for them. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { load } from "js-yaml";
import { z } from "zod";

/** A name that no other cluster of kind has. */
export function newClusterName(): string {
  return `portcullis-${randomBytes(4).toString("hex")}`;
}

/** How kind names the context of such a cluster (sigs.k8s.io/kind, KINDClusterKey). */
const OWN_CONTEXT = /^kind-portcullis-[0-9a-f]{8}$/;

const Kubeconfig = z.object({ "current-context": z.string() });

/**
 * Throws where a kubeconfig leads to another one: tests delete the webhook configurations of their cluster, and every
 * namespace that has come meanwhile, whoever made it.
 */
export async function mustBeOwnCluster(kubeconfig: string): Promise<void> {
  const { "current-context": context } = Kubeconfig.parse(load(await readFile(kubeconfig, "utf8")));
  if (OWN_CONTEXT.test(context)) return;
  throw new Error(
    `${kubeconfig} leads to ${context}, which is no cluster of make kind. The tests delete what they find in their cluster; run make kind, which creates one.`,
  );
}
