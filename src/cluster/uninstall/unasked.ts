import { PortcullisError } from "../../error.ts";
import { apiError } from "../api/error.ts";
import type { ApiAnswer } from "../api/request.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import { webhookCluster } from "../install/client.ts";
import type { WebhookKind } from "../webhooks/configuration.ts";
import { PROBED_NAMESPACE, removalProbe, removalVerdict, type RemovalProbe } from "./removal-probe.ts";
import { forbidden, incomplete, notDone, type Removal } from "./removal.ts";

/**
 * Waits until the API server has heard that configurations of these kinds were deleted, a minute long. With several API
 * servers it tells of the one that answers. Throws UNINSTALL_INCOMPLETE.
 */
export async function awaitUnasked(kinds: ReadonlySet<WebhookKind>, removal: Removal): Promise<void> {
  const cluster = webhookCluster(removal.send);
  for (const kind of kinds) {
    const probe = removalProbe(kind, removal.clock.now());
    try {
      await cluster.apply(probe.configuration, { dryRun: false, force: true });
      await seen(probe, removal);
    } catch (error) {
      throw unseen(error);
    } finally {
      await cluster.remove(probe.id);
    }
  }
}

/** Pretends to take the steps of the proof. Throws CLUSTER_FORBIDDEN where a permission for them is missing. */
export async function checkProvable(kinds: ReadonlySet<WebhookKind>, removal: Removal): Promise<void> {
  const cluster = webhookCluster(removal.send);
  for (const kind of kinds) {
    const probe = removalProbe(kind, removal.clock.now());
    await cluster
      .apply(probe.configuration, { dryRun: true, force: true })
      .catch((error: unknown) => Promise.reject(withRemedy(error)));
    const answer = await pretend(probe, removal);
    if (answer.code === 403) throw notDone(answer, PRETENDING);
  }
}

function withRemedy(error: unknown): unknown {
  return error instanceof PortcullisError && error.code === "CLUSTER_FORBIDDEN" ? forbidden(error) : error;
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
        return { kind: "again", reason: `the API server has not heard yet that the ${kind} was removed` };
      case "unclear":
        if (!mayPass(answer)) throw apiError(answer, PRETENDING);
        return { kind: "again", reason: apiError(answer, PRETENDING).message };
    }
  };
  const reason = await waitFor(attempt, removal);
  if (reason !== undefined) throw incomplete(reason.replace(/\.?$/, "."), "");
}

/** An API server that has too much to do, or that is restarted. */
function mayPass({ code }: ApiAnswer): boolean {
  return code === 429 || code >= 500;
}

/** An API server that cannot be reached says so itself. */
function unseen(error: unknown): unknown {
  if (!(error instanceof PortcullisError) || error.code === "CLUSTER_UNREACHABLE") return error;
  return incomplete(
    `The webhook configurations are removed, but it could not be seen that the API server asks no longer, so the server was left: ${error.message}`,
    "Wait a minute and run the command again: it needs no such proof where no webhook configuration is left.",
  );
}
