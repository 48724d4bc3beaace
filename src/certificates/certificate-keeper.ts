import { PortcullisError } from "../error.ts";
import type { SendRequest } from "../cluster/api/request.ts";
import { Pace } from "../cluster/api/pace.ts";
import { authoritiesIn, type Authority } from "./authority.ts";
import type { CertificateState, Setting } from "./certificate-state.ts";
import { decodeSecret } from "./decode-secret.ts";
import { bundleText, says } from "./encode-secret.ts";
import { faultError, type CertificateFault } from "./fault.ts";
import { remember, type Memory, type Seen } from "./memory.ts";
import { lackedAuthority, nextStep, type CertificateStep, type StepKind } from "./next-step.ts";
import { secretStore, type SecretId, type SecretStore, type StoredSecret } from "./secret-store.ts";
import { takeStep, type Issue } from "./take-step.ts";

/** Days; each is renewed when a third is left. */
const AUTHORITY_DAYS = 730;
const LEAF_DAYS = 90;

/**
 * Reads and writes in one `step`: the longest way is to add an authority, to let it sign, and to drop old ones; the rest
 * is for others who write at the same time.
 */
const ATTEMPTS = 8;

/** How often a Secret is mended that somebody else damages again and again: a person is not slowed down, a program is. */
const MENDED = { burst: 10, interval: 60_000 } as const;

/** Milliseconds in which whoever keeps the webhooks has put a new authority into each caBundle. */
const SPREADING = 600_000;

/** Milliseconds after which a fault is told again that waits for a person, who may have only the last hour of the log. */
const REMINDER = 60 * 60 * 1_000;

export interface CertificateKeeperOptions {
  readonly send: SendRequest;
  /** The Service of Portcullis; its certificate is in the Secret `<name>-tls` beside it. */
  readonly service: { readonly namespace: string; readonly name: string };
  readonly clock: {
    /** The API server's time is taken where it says it. */
    readonly date: () => Date;
    /** Milliseconds since some moment; never goes back and never jumps. */
    readonly monotonic: () => number;
  };
  /**
   * Something is wrong with the Secret, and is mended next, if it can be; told when it begins and every hour until it has
   * gone. `manager`: who has changed the Secret last, if the API server knows.
   */
  readonly damaged: (fault: CertificateFault, error: PortcullisError, manager: string | undefined) => void;
  /** The Secret was written. */
  readonly stepped: (kind: Exclude<StepKind, "nothing">) => void;
}

/** The Secret in which the certificate of a Service is kept. */
export function certificateSecret({ namespace, name }: SecretId): SecretId {
  return { namespace, name: `${name}-tls` };
}

/** The name by which the API server calls a Service, whatever leads there. */
export function serverNameOf({ namespace, name }: SecretId): string {
  return `${name}.${namespace}.svc`;
}

/** What all callers must trust now. */
export interface WantedTrust {
  /** As `caBundle` of a webhook configuration: PEM in base64. */
  readonly caBundle: string;
  /** When the authority expires that signs now; undefined while there is none. */
  readonly signerNotAfter: Date | undefined;
  /** An authority that is to sign and cannot, since some caBundle has lacked it for ten minutes. */
  readonly overdue: Authority | undefined;
}

/**
 * Keeps the Secret with the certificate, for one term of a leader: made when it begins and thrown away when it ends, since
 * it remembers for how long callers have trusted what.
 */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #store: SecretStore;
  readonly #secret: SecretId;
  readonly #mended: Pace;
  #memory: Memory | undefined;
  /** Who is to sign while some caBundle lacks it, and since when that is so. */
  #lacked: { readonly authority: Authority; readonly since: number } | undefined;
  /** When each fault was told that is there. */
  #told: ReadonlyMap<CertificateFault, number> = new Map();

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#secret = certificateSecret(options.service);
    this.#store = secretStore(options.send, this.#secret);
    this.#mended = new Pace({ ...MENDED, now: options.clock.monotonic });
  }

  /**
   * Does what is to be done with the Secret now. `installed`: the caBundle of every entry of the installed webhook
   * configurations, none for []; `kept`: those of them that a leader writes, if it writes any. Throws
   * CLUSTER_UNREACHABLE, CLUSTER_FORBIDDEN and CLUSTER_REFUSED; call it again.
   */
  async step(installed: readonly string[], kept: readonly string[] = []): Promise<WantedTrust> {
    const [bundles, keptBundles] = [installed.map(authoritiesIn), kept.map(authoritiesIn)];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { secret, date = this.#options.clock.date() } = await this.#store.read();
      const setting = { serverName: serverNameOf(this.#options.service), now: date, installed: bundles };
      const state = decodeSecret(secret, setting);
      this.#tell(state, secret);
      const step = this.#decide(secret, state, { ...setting, kept: keptBundles });
      if (step.kind === "nothing") return wantedTrust(state, this.#overdue());
      const isMending = state.faults.length > 0 || step.kind === "repair";
      if (isMending && !this.#mended.allows())
        throw this.#contended("again and again; it is mended once a minute now");
      const contents = await takeStep(step, state, await issueAt(setting));
      if ((await this.#store.write(contents, secret)) === "conflict") continue;
      if (isMending) this.#mended.count();
      this.#options.stepped(step.kind);
    }
    throw this.#contended(`at each of ${ATTEMPTS} attempts to write it`);
  }

  #contended(how: string): PortcullisError {
    return new PortcullisError("CLUSTER_REFUSED", {
      message: `The Secret ${nameOf(this.#secret)} was changed by somebody else ${how}.`,
      remedy:
        "Find out who changes it (`kubectl get secret --show-managed-fields`), and let Portcullis alone keep it.",
    });
  }

  #decide(
    secret: StoredSecret | undefined,
    state: CertificateState,
    { now, installed, kept }: Omit<Seen, "monotonic">,
  ): CertificateStep {
    const monotonic = this.#options.clock.monotonic();
    const memory = remember(this.#memory, state, { installed, kept, now, monotonic });
    this.#memory = memory;
    const isExact = secret !== undefined && says(secret, state);
    const context = { now, installed, memory, monotonic, isExact };
    const authority = lackedAuthority(state, context);
    const isSame = authority?.fingerprint === this.#lacked?.authority.fingerprint;
    if (!isSame) this.#lacked = authority && { authority, since: monotonic };
    return nextStep(state, context);
  }

  #overdue(): Authority | undefined {
    if (this.#lacked === undefined) return undefined;
    const { authority, since } = this.#lacked;
    return this.#options.clock.monotonic() - since >= SPREADING ? authority : undefined;
  }

  #tell({ faults }: CertificateState, secret: StoredSecret | undefined): void {
    const now = this.#options.clock.monotonic();
    const before = this.#told;
    const isNews = (fault: CertificateFault): boolean => now - (before.get(fault) ?? -Infinity) >= REMINDER;
    for (const fault of faults.filter(isNews))
      this.#options.damaged(fault, faultError(nameOf(this.#secret), fault), secret?.manager);
    this.#told = new Map(
      faults.map((fault) => [fault, isNews(fault) ? now : (before.get(fault) ?? now)] as const),
    );
  }
}

function wantedTrust({ authorities, signer }: CertificateState, overdue: Authority | undefined): WantedTrust {
  return {
    caBundle: Buffer.from(bundleText(authorities)).toString("base64"),
    signerNotAfter: signer?.x509.validToDate,
    overdue,
  };
}

function nameOf({ namespace, name }: SecretId): string {
  return `${namespace}/${name}`;
}

/** The library that makes certificates takes a while to load, and only a leader with something to do needs it. */
async function issueAt({ now, serverName }: Setting): Promise<Issue> {
  const { createAuthority, createServerCertificate } = await import("./certificate.ts");
  return {
    // Never twice the same name: people tell authorities apart by it.
    authority: () => createAuthority(`Portcullis ${now.toISOString()}`, AUTHORITY_DAYS, now),
    leaf: (signer) => createServerCertificate({ dns: [serverName], ip: [] }, LEAF_DAYS, signer, now),
  };
}
