import { performance } from "node:perf_hooks";
import type { ApiConnection } from "../api-connection.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import type { CertificateProvider } from "./presented-certificate.ts";
import type { ServeOptions } from "./options.ts";
import type { Telemetry } from "./telemetry.ts";

export interface CertificateContext {
  readonly telemetry: Telemetry;
  readonly note: (message: string) => void;
  /** Undefined where neither certificates nor webhooks are kept. */
  readonly api: ApiConnection | undefined;
  /** Has the leader look at what is installed, if this is the leader. */
  readonly look: () => void;
}

/** What the admission port presents: of files, or of the Secret that Portcullis keeps. Throws as readCertificate does. */
export async function serverCertificate(
  options: ServeOptions,
  { telemetry, note, api, look }: CertificateContext,
): Promise<CertificateProvider> {
  if (!options.manageCertificates || api === undefined)
    return CertificateWatch.start(options, { now: () => new Date(), telemetry, problem: note });
  const { CertificateSecret } = await import("./certificate-secret.ts");
  const { namespace, name } = options.service;
  note(`the admission port opens when the Secret ${namespace}/${name}-tls holds a certificate`);
  return new CertificateSecret({
    ...api,
    service: options.service,
    monotonic: () => performance.now(),
    telemetry,
    changed: look,
  });
}
