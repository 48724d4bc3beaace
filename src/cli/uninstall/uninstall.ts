import { setTimeout as delay } from "node:timers/promises";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";
import { explainError } from "../explain-error.ts";
import { progressOn } from "../progress.ts";
import type { ProcessSurroundings } from "../surroundings.ts";
import type { AskedService } from "../../cluster/uninstall/webhooks.ts";

export interface UninstallOptions extends ClusterChoice {
  /** Whose installation it is. */
  readonly service: AskedService;
  /** Say what would be removed, and remove nothing. */
  readonly dryRun: boolean;
  /** Remove PolicyBindings, too. */
  readonly deleteBindings: boolean;
}

/** Removes Portcullis from a cluster and gives the exit code: 0, or 2 where a step failed. */
export async function uninstallCommand(
  options: UninstallOptions,
  { stderr }: ProcessSurroundings,
): Promise<number> {
  // The client's library is large, and --help does not need it.
  const [{ apiRequests }, { clusterAccess }, { uninstall }] = await Promise.all([
    import("../../cluster/api/request.ts"),
    import("../../cluster/api/kubeconfig.ts"),
    import("../../cluster/uninstall/uninstall.ts"),
  ]);
  const access = clusterAccess(options);
  const { say } = progressOn(stderr, Date.now);
  const { namespace, name } = options.service;
  say(`${options.dryRun ? "looking at" : "removing"} Portcullis ${namespace}/${name} at ${access.server}`);
  const isComplete = await uninstall(options, {
    send: apiRequests(access),
    clock: { now: Date.now, sleep: (milliseconds) => delay(milliseconds) },
    say,
    failed: (error) => stderr.write(explainError(error)),
    dryRun: options.dryRun,
  });
  if (!isComplete) return 2;
  say(
    options.dryRun
      ? `dry run: nothing was removed at ${access.server}`
      : `Portcullis is removed from ${access.server}`,
  );
  return 0;
}
