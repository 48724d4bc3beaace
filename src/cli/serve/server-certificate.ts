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
  /** Called after every change of the Secret, if there is one. */
  readonly secretChanged?: () => void;
}

/** What the admission port presents: of files, or of the Secret that Portcullis keeps. Throws as readCertificate does. */
export async function serverCertificate(
  options: ServeOptions,
  { telemetry, note, api, secretChanged = () => undefined }: CertificateContext,
): Promise<CertificateProvider> {
  if (!options.manageCertificates || api === undefined)
    return CertificateWatch.start(options, { now: () => new Date(), telemetry, problem: note });
  const { CertificateSecret } = await import("./certificate-secret.ts");
  const { namespace, name } = options.service;
  note(`the admission port opens when the Secret ${namespace}/${name}-tls holds a certificate`);
  return new CertificateSecret({ ...api, service: options.service, telemetry, changed: secretChanged });
}
