import { randomUUID } from "node:crypto";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";
import type { PortcullisError } from "../../error.ts";
import { explainError } from "../explain-error.ts";
import { progressOn } from "../progress.ts";
import type { ProcessSurroundings } from "../surroundings.ts";
import { interruptible, outliveReader, type Interruptible } from "../webhooks/interruption.ts";
import type { AskedService } from "../../cluster/uninstall/webhooks.ts";

export interface UninstallOptions extends ClusterChoice {
  /** Whose installation it is. */
  readonly service: AskedService;
  /** Say what would be removed, and remove nothing. */
  readonly dryRun: boolean;
  /** Remove PolicyBindings, too. */
  readonly deleteBindings: boolean;
}

/** Removes Portcullis from a cluster and gives the exit code: 0, 1 after a signal, or 2 where a step failed. */
export async function uninstallCommand(
  options: UninstallOptions,
  { stderr, signals }: ProcessSurroundings,
): Promise<number> {
  // The client's library is large, and --help does not need it.
  const [{ apiRequests }, { clusterAccess }, { uninstall }] = await Promise.all([
    import("../../cluster/api/request.ts"),
    import("../../cluster/api/kubeconfig.ts"),
    import("../../cluster/uninstall/uninstall.ts"),
  ]);
  outliveReader(stderr);
  const { dryRun } = options;
  const access = clusterAccess(options);
  const { say } = progressOn(stderr, Date.now);
  const { namespace, name } = options.service;
  say(`${dryRun ? "looking at" : "removing"} Portcullis ${namespace}/${name} at ${access.server}`);
  const failed = (error: PortcullisError): void => void stderr.write(explainError(error));
  const remove = async ({ clock, signal }: Interruptible): Promise<number> => {
    const send = apiRequests(access);
    const removal = { send, clock, run: randomUUID(), signal, say, failed, dryRun };
    if (!(await uninstall(options, removal))) return 2;
    say(
      dryRun
        ? `dry run: nothing was removed at ${access.server}`
        : `Portcullis is removed from ${access.server}`,
    );
    return 0;
  };
  return interruptible(signals, remove, () =>
    say(
      `interrupted, and ends with the answer that is waited for${dryRun ? "" : "; what was removed stays so: run the command again to go on"}`,
    ),
  );
}
