import type { PortcullisError } from "../../error.ts";
import type { Certificate, ServerCertificate } from "../../server/certificate.ts";
import type { Check } from "../../server/operations.ts";
import type { Telemetry } from "./telemetry.ts";

/** What changes a server's certificate. */
type Present = (certificate: Certificate) => void;

/** Where the certificate of the admission port comes from, kept current. Created before the ports open, closed with them. */
export interface CertificateProvider {
  readonly presented: PresentedCertificate;
  readonly close: () => void;
}

export type CertificateTelemetry = Pick<Telemetry, "certificateReloaded" | "certificateRefused"> & {
  readonly metrics: Pick<Telemetry["metrics"], "certificateServed">;
};

export interface PresentedOptions {
  /** The clock by which certificates expire. */
  readonly now: () => Date;
  readonly telemetry: CertificateTelemetry;
  /** Why there is none yet. */
  readonly missing: () => string;
  /** What to do about one that expires. */
  readonly renewal: string;
}

/**
 * Milliseconds before its end in which a certificate does not count any more: the kubelet asks every 2 s and believes the
 * second answer, and then nodes and API servers must hear that the Pod is out.
 */
const EXPIRY_MARGIN = 30_000;

/**
 * The last good certificate. A pair that cannot be served is refused, and the one before it stays: log, metrics and
 * readiness say why.
 */
export class PresentedCertificate {
  /**
   * `certificate` fails while there is none, and shortly before what is served expires. That the last pair was refused is
   * only a remark.
   */
  readonly checks: readonly Check[];
  /** Settles when there is a certificate for the first time. */
  readonly first: Promise<Certificate>;
  readonly #options: PresentedOptions;
  readonly #isFirst: (certificate: Certificate) => void;
  #served: ServerCertificate | undefined;
  #refusal: string | undefined;
  #present: Present = () => undefined;

  constructor(options: PresentedOptions) {
    this.#options = options;
    ({ promise: this.first, resolve: this.#isFirst } = Promise.withResolvers<Certificate>());
    this.checks = [
      { name: "certificate", failure: () => this.#failure() },
      { name: "certificate-reload", isRemark: true, failure: () => this.#remark() },
    ];
  }

  get served(): Certificate | undefined {
    return this.#served;
  }

  /** From now on the server presents what is served, which may have changed since it was created. */
  presentBy(present: Present): void {
    this.#present = present;
    if (this.#served !== undefined) present(this.#served);
  }

  /** Serves another pair, or the first. */
  take(certificate: ServerCertificate): void {
    const { telemetry } = this.#options;
    const isFirst = this.#served === undefined;
    this.#present(certificate);
    this.#served = certificate;
    this.#refusal = undefined;
    if (isFirst) {
      telemetry.metrics.certificateServed(certificate.notAfter);
      this.#isFirst(certificate);
    } else telemetry.certificateReloaded(certificate.notAfter);
  }

  /** What is served is what there is: nothing is refused any more. */
  keep(): void {
    this.#refusal = undefined;
  }

  /** `isNews`: the log is to be told. */
  refuse(errors: readonly PortcullisError[], isNews: boolean): void {
    this.distrust(errors);
    for (const error of errors) this.#options.telemetry.certificateRefused(error, isNews);
  }

  /** The same of what is likely to be mended in a moment: only readiness says it. */
  distrust(errors: readonly PortcullisError[]): void {
    this.#refusal = errors.map(({ code }) => code).join(", ");
  }

  #failure(): string | undefined {
    if (this.#served === undefined) return this.#options.missing();
    const { notAfter } = this.#served;
    const now = this.#options.now().getTime();
    if (now + EXPIRY_MARGIN <= notAfter.getTime()) return undefined;
    const when = now > notAfter.getTime() ? "expired" : "expires";
    return `the certificate that is served ${when} at ${notAfter.toISOString()}; ${this.#options.renewal}`;
  }

  #remark(): string | undefined {
    if (this.#refusal === undefined || this.#served === undefined) return undefined;
    return `${this.#refusal}; the certificate that was read before is still served, the log says what to mend`;
  }
}
