import { readCertificate, type Certificate, type ServerCertificate } from "../server/certificate.ts";
import type { Check } from "../server/operations.ts";
import { reasons } from "./reload.ts";
import type { Telemetry } from "./serve-telemetry.ts";
import { watchPaths, type PathWatch } from "./watch/watch-paths.ts";

/** The files of `--cert` and `--key`. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWatchOptions {
  readonly now: () => Date;
  readonly telemetry: Pick<Telemetry, "certificateReloaded" | "certificateRefused"> & {
    readonly metrics: Pick<Telemetry["metrics"], "certificateServed">;
  };
  /** Gets a sentence if changes of the files cannot be noticed. */
  readonly problem: (message: string) => void;
  /** How long after a refusal the same files are read again, in ms; default 60,000. */
  readonly retry?: number;
}

/** What changes a server's certificate. */
type Present = (certificate: Certificate) => void;

const RETRY = 60_000;

/**
 * The server's certificate, as its files change. Created before the ports open, closed with the server. A pair that
 * cannot be served is refused, and the one before it stays: log, metrics and readiness say why.
 */
export class CertificateWatch {
  /**
   * `certificate` fails once what is served has expired: the API server would refuse it anyway. That the last pair was
   * refused is only a remark.
   */
  readonly checks: readonly Check[];
  readonly #files: CertificateFiles;
  readonly #options: CertificateWatchOptions;
  readonly #watch: PathWatch;
  #served: ServerCertificate;
  #refusal: string | undefined;
  #present: Present = () => undefined;
  /** The reads, one after the other: an older one must not replace what a newer one found. */
  #reading = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Throws as readCertificate does. Every change after what was read here is noticed. */
  static async start(files: CertificateFiles, options: CertificateWatchOptions): Promise<CertificateWatch> {
    let following: CertificateWatch | undefined;
    let isOutdated = false;
    const changed = (): void => {
      if (following === undefined) isOutdated = true;
      else following.#read("change");
    };
    // Of a file that is named itself the content matters, whatever `holds` says.
    const paths = [files.cert, files.key].map((path) => ({ path, holds: "manifests" }) as const);
    const watch = watchPaths(paths, changed, { onProblem: options.problem });
    await watch.ready;
    try {
      const served = await readCertificate(files.cert, files.key, options.now());
      following = new CertificateWatch(files, options, { watch, served });
      if (isOutdated) changed();
      return following;
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  private constructor(
    files: CertificateFiles,
    options: CertificateWatchOptions,
    { watch, served }: { readonly watch: PathWatch; readonly served: ServerCertificate },
  ) {
    this.#files = files;
    this.#options = options;
    this.#watch = watch;
    this.#served = served;
    options.telemetry.metrics.certificateServed(served.notAfter);
    this.checks = [
      { name: "certificate", failure: () => this.#expiry() },
      { name: "certificate-reload", isRemark: true, failure: () => this.#refusal },
    ];
  }

  get served(): Certificate {
    return this.#served;
  }

  /** From now on the server presents what is served, which may have changed since it was created. */
  presentBy(present: Present): void {
    this.#present = present;
    present(this.#served);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  #expiry(): string | undefined {
    const { notAfter } = this.#served;
    if (this.#options.now() <= notAfter) return undefined;
    return `the certificate that is served expired at ${notAfter.toISOString()}; renew ${this.#files.cert}`;
  }

  #read(why: "change" | "retry"): void {
    this.#reading = this.#reading.then(() => this.#takeOver(why));
  }

  async #takeOver(why: "change" | "retry"): Promise<void> {
    const { now, telemetry } = this.#options;
    clearTimeout(this.#timer);
    if (this.#closed) return;
    try {
      const certificate = await readCertificate(this.#files.cert, this.#files.key, now());
      this.#present(certificate);
      this.#served = certificate;
      this.#refusal = undefined;
      telemetry.certificateReloaded(certificate.notAfter);
    } catch (thrown) {
      this.#refuse(thrown, why);
    }
  }

  #refuse(thrown: unknown, why: "change" | "retry"): void {
    const errors = reasons(thrown);
    const codes = errors.map(({ code }) => code).join(", ");
    this.#refusal = `${codes}; the certificate that was read before is still served, the log says what to mend`;
    // The same files are told of once.
    if (why === "change") for (const error of errors) this.#options.telemetry.certificateRefused(error);
    if (this.#closed) return;
    // Without a change of its files a certificate gets valid whose issuer's clock is ahead of this one.
    this.#timer = setTimeout(() => this.#read("retry"), this.#options.retry ?? RETRY).unref();
  }
}
