import { PortcullisError } from "../../error.ts";
import { apiError } from "../api/error.ts";
import { FIELD_MANAGER } from "../api/managed-fields.ts";
import type { ApiAnswer } from "../api/request.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import { applyConfiguration } from "../install/apply.ts";
import { configurationPath, webhookCluster } from "../install/client.ts";
import { isDenied } from "../install/denial.ts";
import { PROBED_NAMESPACE, removalProbe, removalVerdict, type RemovalProbe } from "./removal-probe.ts";
import { incomplete, notDone, type Removal } from "./removal.ts";
import { hasConfiguration, KINDS, type AskedService } from "./webhooks.ts";

/**
 * Waits until the API server has heard that the configurations of either kind were deleted, a minute long for each. With
 * several API servers it tells of the one that answers. Throws UNINSTALL_INCOMPLETE.
 */
export async function awaitUnasked({ namespace }: AskedService, removal: Removal): Promise<void> {
  for (const kind of KINDS) {
    removal.signal.throwIfAborted();
    try {
      await prove(removalProbe(kind, removal.run), removal);
    } catch (error) {
      throw unseen(error, namespace);
    }
  }
}

/**
 * Pretends to take the steps of the proof. Throws CLUSTER_FORBIDDEN where a permission for them is missing. That a webhook
 * denies the object says nothing: Portcullis itself is still asked.
 */
export async function checkProvable(removal: Removal): Promise<void> {
  for (const kind of KINDS) {
    const probe = removalProbe(kind, removal.run);
    await apply(probe, removal);
    const answer = await pretend(probe, removal);
    if ((answer.code === 401 || answer.code === 403) && !isDenied(answer)) throw notDone(answer, PRETENDING);
  }
}

/** Leaves no probe behind, however it ends. */
async function prove(probe: RemovalProbe, removal: Removal): Promise<void> {
  try {
    await apply(probe, removal);
    await seen(probe, removal);
  } finally {
    await webhookCluster(removal.send).remove(probe.id);
  }
}

async function apply({ id, configuration }: RemovalProbe, { send, dryRun }: Removal): Promise<void> {
  const to = { path: configurationPath(id), manager: FIELD_MANAGER, dryRun, force: true };
  const answer = await applyConfiguration(send, configuration, to);
  if (answer.code >= 300) throw notDone(answer, `apply the ${id.kind}`);
}

function pretend({ object }: RemovalProbe, { send }: Removal): Promise<ApiAnswer> {
  return send({
    method: "POST",
    path: `/api/v1/namespaces/${PROBED_NAMESPACE}/configmaps`,
    query: { dryRun: "All" },
    body: { type: "application/json", value: object },
  });
}

const PRETENDING = `take a dry run in ${PROBED_NAMESPACE}`;

async function seen(probe: RemovalProbe, removal: Removal): Promise<void> {
  const { kind } = probe.id;
  const attempt = async (): Promise<Attempt> => {
    const answer = await pretend(probe, removal);
    switch (removalVerdict(kind, answer)) {
      case "asked":
        return { kind: "done" };
      case "not-asked":
        await applyIfGone(probe, removal);
        return { kind: "again", reason: `the API server has not heard yet that the ${kind} was removed` };
      case "unclear":
        if (!mayPass(answer)) throw apiError(answer, PRETENDING);
        return { kind: "again", reason: apiError(answer, PRETENDING).message };
    }
  };
  const reason = await waitFor(attempt, removal);
  if (reason !== undefined) throw incomplete(reason.replace(/\.?$/, "."), "");
}

/**
 * All runs have one name for it, so that none leaves more than one behind: another run that is through has taken it away. One
 * that is there is left to that run: two that write over each other would both wait for ever.
 */
async function applyIfGone(probe: RemovalProbe, removal: Removal): Promise<void> {
  if (!(await hasConfiguration(probe.id, removal))) await apply(probe, removal);
}

/** An API server that has too much to do, that is restarted, or that still asks Portcullis. */
function mayPass(answer: ApiAnswer): boolean {
  return answer.code === 429 || answer.code >= 500 || isDenied(answer);
}

/** An API server that cannot be reached says so itself. */
function unseen(error: unknown, namespace: string): unknown {
  if (!(error instanceof PortcullisError) || error.code === "CLUSTER_UNREACHABLE") return error;
  return incomplete(
    `The webhook configurations are removed, but it could not be seen that the API server asks no longer, so the server was left: ${error.message}`,
    `Mend what the API server names and run the command again, which tries it again. If it cannot be seen at all, wait a minute, take the server away with \`kubectl delete namespace ${namespace}\`, and run the command again for the rest.`,
  );
}
