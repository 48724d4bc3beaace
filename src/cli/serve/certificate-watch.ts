import { readCertificate, type ServerCertificate } from "../../server/certificate.ts";
import { FollowedFiles, type FollowedFilesOptions } from "./followed-files.ts";
import {
  PresentedCertificate,
  type CertificateProvider,
  type CertificateTelemetry,
} from "./presented-certificate.ts";

/** The files of `--cert` and `--key`. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWatchOptions extends Pick<
  FollowedFilesOptions<ServerCertificate>,
  "problem" | "retry"
> {
  readonly now: () => Date;
  readonly telemetry: CertificateTelemetry;
}

/** The server's certificate, as its files change. */
export class CertificateWatch implements CertificateProvider {
  readonly presented: PresentedCertificate;
  readonly #following: FollowedFiles<ServerCertificate>;

  /** Throws as readCertificate does. Every change after what was read here is noticed. */
  static async start(
    { cert, key }: CertificateFiles,
    options: CertificateWatchOptions,
  ): Promise<CertificateWatch> {
    const presented = new PresentedCertificate({
      ...options,
      missing: () => `${cert} was not read yet`,
      renewal: `renew ${cert}`,
    });
    const following = await FollowedFiles.start({
      files: [cert, key],
      read: () => readCertificate(cert, key, options.now()),
      take: (certificate) => presented.take(certificate),
      refuse: (errors, isNews) => presented.refuse(errors, isNews),
      problem: options.problem,
      retry: options.retry,
    });
    return new CertificateWatch(following, presented);
  }

  private constructor(following: FollowedFiles<ServerCertificate>, presented: PresentedCertificate) {
    this.#following = following;
    this.presented = presented;
  }

  close(): void {
    this.#following.close();
  }
}
