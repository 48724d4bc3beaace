import { isDeepStrictEqual } from "node:util";
import type { PortcullisError } from "../../error.ts";
import { readClientAuthorities, type ClientAuthorities } from "../../server/client-authorities.ts";
import type { Check } from "../../server/operations.ts";
import { FollowedFiles, type FollowedFilesOptions } from "./followed-files.ts";
import type { Telemetry } from "./telemetry.ts";

/** Changes whose certificates a server accepts. */
type Trust = (ca: ClientAuthorities["ca"]) => void;

export interface TrustedClientsOptions extends Pick<
  FollowedFilesOptions<ClientAuthorities>,
  "problem" | "retry"
> {
  readonly now: () => Date;
  readonly telemetry: Pick<Telemetry, "clientCaReloaded" | "certificateRefused"> & {
    readonly metrics: Pick<Telemetry["metrics"], "clientCaUsed">;
  };
}

/**
 * The authorities of `--client-ca`, as the file changes. What cannot be used is refused, and those before stay: log,
 * metrics and readiness say why. Created before the ports open, closed with them.
 */
export class TrustedClients {
  readonly checks: readonly Check[];
  readonly #options: TrustedClientsOptions;
  #following: FollowedFiles<ClientAuthorities> | undefined;
  #authorities: ClientAuthorities | undefined;
  #refusal: string | undefined;
  #trust: Trust = () => undefined;

  /** Throws as readClientAuthorities does. Every change after what was read here is noticed. */
  static async start(file: string, options: TrustedClientsOptions): Promise<TrustedClients> {
    const clients = new TrustedClients(file, options);
    clients.#following = await FollowedFiles.start({
      files: [file],
      read: () => readClientAuthorities(file, options.now()),
      take: (authorities) => clients.#take(authorities),
      refuse: (errors, isNews) => clients.#refuse(errors, isNews),
      problem: options.problem,
      retry: options.retry,
    });
    return clients;
  }

  private constructor(file: string, options: TrustedClientsOptions) {
    this.#options = options;
    this.checks = [
      { name: "client-ca", failure: () => this.#failure(file) },
      { name: "client-ca-reload", isRemark: true, failure: () => this.#remark() },
    ];
  }

  get ca(): ClientAuthorities["ca"] {
    return this.#authorities?.ca ?? [];
  }

  /** From now on the server trusts what is trusted, which may have changed since it was created. */
  trustBy(trust: Trust, used: ClientAuthorities["ca"]): void {
    this.#trust = trust;
    if (!isDeepStrictEqual(used, this.ca)) trust(this.ca);
  }

  close(): void {
    this.#following?.close();
  }

  #take(authorities: ClientAuthorities): void {
    const { metrics, clientCaReloaded } = this.#options.telemetry;
    const before = this.#authorities;
    this.#refusal = undefined;
    this.#authorities = authorities;
    if (before === undefined) metrics.clientCaUsed(authorities.notAfter);
    // Every connection would have to be made anew for a comment in the file.
    else if (!isDeepStrictEqual(before.ca, authorities.ca)) {
      this.#trust(authorities.ca);
      clientCaReloaded(authorities.notAfter);
    }
  }

  #refuse(errors: readonly PortcullisError[], isNews: boolean): void {
    this.#refusal = errors.map(({ code }) => code).join(", ");
    for (const error of errors) this.#options.telemetry.certificateRefused(error, isNews);
  }

  #failure(file: string): string | undefined {
    const end = this.#authorities?.notAfter;
    if (end === undefined || this.#options.now() <= end) return undefined;
    return `the authorities of clients expired at ${end.toISOString()}; renew ${file}`;
  }

  #remark(): string | undefined {
    if (this.#refusal === undefined) return undefined;
    return `${this.#refusal}; the authorities of clients that were read before still count, the log says what to mend`;
  }
}
