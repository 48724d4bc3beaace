import { certificateSecret, serverNameOf } from "../../certificates/certificate-keeper.ts";
import { CERTIFICATE_FAULTS, type CertificateFault } from "../../certificates/fault.ts";
import type { Leaf } from "../../certificates/leaf.ts";
import {
  secretStore,
  storedSecret,
  type SecretId,
  type SecretStore,
  type StoredSecret,
} from "../../certificates/secret-store.ts";
import { servable } from "../../certificates/servable.ts";
import type { ApiClock } from "../../cluster/api/clock.ts";
import type { ClusterAccess } from "../../cluster/api/kubeconfig.ts";
import type { SendRequest } from "../../cluster/api/request.ts";
import { followList, type FollowedList } from "../../cluster/follow/followed-list.ts";
import { PortcullisError } from "../../error.ts";
import {
  PresentedCertificate,
  type CertificateProvider,
  type CertificateTelemetry,
} from "./presented-certificate.ts";
import type { Telemetry } from "./telemetry.ts";
import { Told } from "./told.ts";

export interface CertificateSecretOptions {
  /** The Service of Portcullis: `<name>-tls` beside it is the Secret. */
  readonly service: SecretId;
  readonly access: ClusterAccess;
  /** Sets `clock`. */
  readonly send: SendRequest;
  readonly clock: ApiClock;
  /** Milliseconds since some moment; never goes back and never jumps. */
  readonly monotonic: () => number;
  readonly telemetry: CertificateTelemetry & Pick<Telemetry, "clusterFailed">;
  /** Called after every change of the Secret. */
  readonly changed: () => void;
  /** Milliseconds between two reads beside the watch; default 10,000. */
  readonly interval?: number;
}

/**
 * A watch can be wrong in its own ways: after etcd was restored from a backup it may wait for versions of a future that is
 * gone. And time alone makes a certificate valid that was refused.
 */
const INTERVAL = 10_000;

/** Milliseconds for the leader to mend what is refused, before log and metrics are told: a new authority spreads for 30 s. */
const MENDING = 60_000;

/**
 * The server's certificate, as the Secret has it that the leader keeps. There may be none yet; whatever becomes of the
 * Secret, the last good one stays.
 */
export class CertificateSecret implements CertificateProvider {
  readonly presented: PresentedCertificate;
  readonly #options: CertificateSecretOptions;
  readonly #secret: SecretId;
  readonly #list: FollowedList;
  readonly #store: SecretStore;
  readonly #timer: NodeJS.Timeout;
  /** Ends a read that has no answer yet: the process would wait for it. */
  readonly #end = new AbortController();
  #isReading = false;
  readonly #told: Told;
  /** As it was looked at last. */
  #latest: StoredSecret | undefined;
  /** Why that holds nothing to serve, and since when nothing is. */
  #refused: { readonly fault: CertificateFault; readonly since: number } | undefined;
  #changes = 0;

  constructor(options: CertificateSecretOptions) {
    const { service, access, send, clock, monotonic, telemetry, changed, interval = INTERVAL } = options;
    this.#options = options;
    this.#secret = certificateSecret(service);
    this.#store = secretStore((request) => send({ ...request, signal: this.#end.signal }), this.#secret);
    this.#told = new Told(monotonic);
    const { namespace, name } = this.#secret;
    const resource = { name: "secrets", path: `/api/v1/namespaces/${namespace}/secrets`, only: name };
    this.#list = followList(access, send, resource, {
      changed: () => {
        this.#changes += 1;
        this.#lookAtWatched();
        changed();
      },
      failed: (error) => telemetry.clusterFailed("secrets", error),
    });
    this.presented = new PresentedCertificate({
      now: () => clock.now(),
      telemetry,
      missing: () => this.#missing(),
      renewal: "the leader renews it, see its log",
    });
    void this.#list.known.then(() => this.#lookAtWatched());
    // One at a time: an older answer must not replace a newer one.
    this.#timer = setInterval(() => {
      if (!this.#isReading) void this.#read();
    }, interval).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#end.abort();
    this.#list.stop();
  }

  #missing(): string {
    const failure = this.#list.failure();
    if (failure !== undefined) return failure.message;
    if (this.#refused !== undefined) return unservable(this.#secret, this.#refused.fault).message;
    const { namespace, name } = this.#secret;
    return `the Secret ${namespace}/${name} holds no certificate yet; the leader makes it`;
  }

  #lookAtWatched(): void {
    const [object] = this.#list.objects();
    const secret = object === undefined ? undefined : storedSecret(object);
    // One that was deleted comes back, and the leader tells of it.
    if (secret !== undefined) this.#look(secret);
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    this.#isReading = true;
    const changes = this.#changes;
    // Of what is in the way the watch tells.
    const read = await this.#store.read().catch(() => undefined);
    this.#isReading = false;
    if (this.#end.signal.aborted) return;
    // What the watch has brought meanwhile is newer.
    const secret = changes === this.#changes ? (read?.secret ?? this.#latest) : this.#latest;
    const isKnown = this.#refused === undefined && secret?.resourceVersion === this.#latest?.resourceVersion;
    if (secret !== undefined && !isKnown) this.#look(secret);
  }

  #look(secret: StoredSecret): void {
    const { service, clock } = this.#options;
    this.#latest = secret;
    const found = servable(secret, serverNameOf(service), clock.now());
    if (found.kind === "leaf") this.#take(found.leaf);
    else this.#refuse(found.fault, secret);
  }

  #take({ cert, key, notAfter }: Leaf): void {
    const { served } = this.presented;
    this.#refused = undefined;
    const wasTold = this.#told.ends();
    const isServed = served?.cert === cert && served.key === key;
    if (isServed && !wasTold) this.presented.keep();
    else this.presented.take({ cert, key, notAfter });
  }

  #refuse(fault: CertificateFault, { data }: StoredSecret): void {
    // Nothing is what a Secret begins with.
    if (fault === "leaf-missing" && this.presented.served === undefined) return;
    const now = this.#options.monotonic();
    const since = this.#refused?.since ?? now;
    this.#refused = { fault, since };
    // While a next authority spreads there is no leaf, and the leader is at work.
    const isMended = fault === "leaf-missing" && data["next-ca.crt"] !== undefined;
    const errors = [unservable(this.#secret, fault)];
    if (isMended || now - since < MENDING) this.presented.distrust(errors);
    else this.presented.refuse(errors, this.#told.lasts(fault));
  }
}

function unservable({ namespace, name }: SecretId, fault: CertificateFault): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message: `The Secret ${namespace}/${name} holds no certificate that callers would accept: ${CERTIFICATE_FAULTS[fault]}.`,
    remedy: "Look at the log of the leader: it should have mended it, and says why it could not.",
  });
}
