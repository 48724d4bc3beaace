import { PortcullisError } from "../../error.ts";
import { apiError, messageOf } from "../api/error.ts";
import type { ApiAnswer } from "../api/request.ts";
import { waitFor, type Attempt } from "../api/wait-for.ts";
import { callFailure } from "../webhooks/call-failure.ts";
import type { WebhookServer } from "../webhooks/configuration.ts";
import { probeNamespace, probeVerdict } from "../webhooks/probe.ts";
import { isDenied } from "./denial.ts";
import { write } from "./rollback.ts";
import type { Run } from "./run.ts";
import type { InstallStep } from "./steps.ts";

/** Waits for the answers that prove the way to the server. Throws WEBHOOK_UNREACHABLE. */
export async function selfProbe(
  { entry, through }: InstallStep & { readonly kind: "probe" },
  server: WebhookServer,
  { cluster, surroundings, written }: Run,
): Promise<void> {
  const namespace = probeNamespace(server);
  const attempt = async (): Promise<Attempt> => {
    for (const probe of ["deny", "allow"] as const) {
      const verdict = probeVerdict(probe, await cluster.probe(probe, entry, namespace));
      if (verdict.kind === "failed") throw probeRefused(verdict.answer, namespace);
      if (verdict.kind === "proved") continue;
      // Another run that is through has taken the entry away.
      surroundings.signal.throwIfAborted();
      if (verdict.kind === "not-asked") await write(through, written, cluster);
      return { kind: "again", reason: verdict.reason };
    }
    return { kind: "done" };
  };
  const reason = await waitFor(attempt, surroundings);
  if (reason === undefined) return;
  throw new PortcullisError("WEBHOOK_UNREACHABLE", {
    message: `The self-probe was not answered as it must be: ${reason}.`,
    remedy: remedyFor(reason),
  });
}

const AUTHORITY = "that the authority named by --ca-file or --ca-secret is that of the server's certificate";

/** Nothing is installed afterwards that `portcullis doctor` could ask, so this is the place to say it. */
function remedyFor(reason: string): string {
  const { id, fix } = callFailure(reason);
  if (!reason.includes("failed calling webhook"))
    return `Check that the Service or URL leads to Portcullis of this version and to nothing else, ${AUTHORITY}, and the server's log.`;
  return id === "certificate-refused"
    ? `Check ${AUTHORITY}, that the certificate has not expired and is for the name that is called, and that nothing else, such as a proxy, answers there.`
    : `${fix} The server's log tells what reached it.`;
}

/** Another webhook that denies it has the same status as a missing permission. */
function probeRefused(answer: ApiAnswer, namespace: string): PortcullisError {
  const message = messageOf(answer);
  if (!isDenied(answer)) return apiError(answer, `take the self-probe in ${namespace}`);
  return new PortcullisError("CLUSTER_REFUSED", {
    message: `The API server did not take the self-probe in ${namespace}: ${message}.`,
    remedy: `Have what denies it leave ConfigMaps in ${namespace} alone, and run the command again.`,
  });
}
