import { readCertificate, type Certificate } from "../server/certificate.ts";
import {
  PresentedCertificate,
  type CertificateProvider,
  type CertificateTelemetry,
  type Present,
} from "./presented-certificate.ts";
import { reasons } from "./reload.ts";
import { watchPaths, type PathWatch } from "./watch/watch-paths.ts";

/** The files of `--cert` and `--key`. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWatchOptions {
  readonly now: () => Date;
  readonly telemetry: CertificateTelemetry;
  /** Gets a sentence if changes of the files cannot be noticed. */
  readonly problem: (message: string) => void;
  /** How long after a refusal the same files are read again, in ms; default 60,000. */
  readonly retry?: number;
}

const RETRY = 60_000;

/** The server's certificate, as its files change. */
export class CertificateWatch implements CertificateProvider {
  readonly #files: CertificateFiles;
  readonly #options: CertificateWatchOptions;
  readonly #watch: PathWatch;
  readonly #presented: PresentedCertificate;
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
      following = new CertificateWatch(files, options, watch);
      following.#presented.take(served);
      if (isOutdated) changed();
      return following;
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  private constructor(files: CertificateFiles, options: CertificateWatchOptions, watch: PathWatch) {
    this.#files = files;
    this.#options = options;
    this.#watch = watch;
    this.#presented = new PresentedCertificate({
      ...options,
      missing: () => `${files.cert} was not read yet`,
      renewal: `renew ${files.cert}`,
    });
  }

  get checks(): CertificateProvider["checks"] {
    return this.#presented.checks;
  }

  get first(): Promise<Certificate> {
    return this.#presented.first;
  }

  get served(): Certificate | undefined {
    return this.#presented.served;
  }

  presentBy(present: Present): void {
    this.#presented.presentBy(present);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  #read(why: "change" | "retry"): void {
    this.#reading = this.#reading.then(() => this.#takeOver(why));
  }

  async #takeOver(why: "change" | "retry"): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    try {
      this.#presented.take(await readCertificate(this.#files.cert, this.#files.key, this.#options.now()));
    } catch (thrown) {
      // The same files are told of once.
      this.#presented.refuse(reasons(thrown), why === "change");
      if (this.#closed) return;
      // Without a change of its files a certificate gets valid whose issuer's clock is ahead of this one.
      this.#timer = setTimeout(() => this.#read("retry"), this.#options.retry ?? RETRY).unref();
    }
  }
}
