import { CERTIFICATES_FINDINGS } from "./certificates.ts";
import { CLUSTER_FINDINGS } from "./cluster.ts";
import type { Entry } from "./entry.ts";
import { WEBHOOKS_FINDINGS } from "./webhooks.ts";
import { WORKLOAD_FINDINGS } from "./workload.ts";

const ALL = {
  ...CLUSTER_FINDINGS,
  ...WORKLOAD_FINDINGS,
  ...WEBHOOKS_FINDINGS,
  ...CERTIFICATES_FINDINGS,
};

export type FindingId = keyof typeof ALL;

/** Everything that can be found, by its id; ids stay the same from version to version. */
export const FINDINGS: Readonly<Record<FindingId, Entry>> = ALL;
