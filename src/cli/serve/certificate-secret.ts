import { certificateSecret, serverNameOf } from "../../certificates/certificate-keeper.ts";
import type { Leaf } from "../../certificates/leaf.ts";
import { CERTIFICATE_FAULTS, type CertificateFault } from "../../certificates/fault.ts";
import { storedSecret, type SecretId, type StoredSecret } from "../../certificates/secret-store.ts";
import { servable } from "../../certificates/servable.ts";
import type { ApiClock } from "../../cluster/api/clock.ts";
import type { SendRequest } from "../../cluster/api/request.ts";
import { followList, type FollowedList } from "../../cluster/follow/followed-list.ts";
import type { ClusterAccess } from "../../cluster/api/kubeconfig.ts";
import { PortcullisError } from "../../error.ts";
import type { Certificate } from "../../server/certificate.ts";
import {
  PresentedCertificate,
  type CertificateProvider,
  type CertificateTelemetry,
  type Present,
} from "./presented-certificate.ts";
import type { Telemetry } from "./telemetry.ts";

export interface CertificateSecretOptions {
  /** The Service of Portcullis: `<name>-tls` beside it is the Secret. */
  readonly service: SecretId;
  readonly access: ClusterAccess;
  /** Sets `clock`. */
  readonly send: SendRequest;
  readonly clock: ApiClock;
  readonly telemetry: CertificateTelemetry & Pick<Telemetry, "clusterFailed">;
  /** Called after every change of the Secret. */
  readonly changed: () => void;
}

/** Milliseconds after which what was refused is looked at again: time alone makes a certificate valid. */
const RETRY = 5_000;

/**
 * The server's certificate, as the Secret has it that the leader keeps. There may be none yet; whatever becomes of the
 * Secret, the last good one stays.
 */
export class CertificateSecret implements CertificateProvider {
  readonly #options: CertificateSecretOptions;
  readonly #secret: SecretId;
  readonly #list: FollowedList;
  readonly #presented: PresentedCertificate;
  readonly #timer: NodeJS.Timeout;
  /** What was refused last, so that it is told once. */
  #refused = "";

  constructor(options: CertificateSecretOptions) {
    const { service, access, send, clock, telemetry, changed } = options;
    this.#options = options;
    this.#secret = certificateSecret(service);
    const { namespace, name } = this.#secret;
    const resource = { name: "secrets", path: `/api/v1/namespaces/${namespace}/secrets`, only: name };
    this.#list = followList(access, send, resource, {
      changed: () => {
        this.#look();
        changed();
      },
      failed: (error) => telemetry.clusterFailed("secrets", error),
    });
    this.#presented = new PresentedCertificate({
      now: () => clock.now(),
      telemetry,
      missing: () => this.#missing(),
      renewal: "the leader renews it, see its log",
    });
    void this.#list.known.then(() => this.#look());
    this.#timer = setInterval(() => this.#look(), RETRY).unref();
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
    clearInterval(this.#timer);
    this.#list.stop();
  }

  #missing(): string {
    const { namespace, name } = this.#secret;
    const failure = this.#list.failure();
    if (failure !== undefined) return failure.message;
    return `the Secret ${namespace}/${name} holds no certificate yet; the leader makes it`;
  }

  #look(): void {
    const [object] = this.#list.objects();
    // One that was deleted comes back, and the leader tells of it.
    if (object === undefined) return;
    const secret = storedSecret(object);
    const { service, clock } = this.#options;
    const found = servable(secret, serverNameOf(service), clock.now());
    if (found.kind === "leaf") this.#take(found.leaf);
    else this.#refuse(found.fault, secret);
  }

  #take({ cert, key, x509 }: Leaf): void {
    const { served } = this.#presented;
    this.#refused = "";
    if (served?.cert === cert && served.key === key) this.#presented.keep();
    else this.#presented.take({ cert, key, notAfter: x509.validToDate });
  }

  #refuse(fault: CertificateFault, { data }: StoredSecret): void {
    // Nothing is what a Secret begins with.
    if (fault === "leaf-missing" && this.#presented.served === undefined) return;
    const refused = `${fault} ${data["tls.crt"] ?? ""}`;
    this.#presented.refuse([unservable(this.#secret, fault)], refused !== this.#refused);
    this.#refused = refused;
  }
}

function unservable({ namespace, name }: SecretId, fault: CertificateFault): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message: `The Secret ${namespace}/${name} holds no certificate that callers would accept: ${CERTIFICATE_FAULTS[fault]}.`,
    remedy: "Nothing: the leader mends it by itself; if it does not, its log says why.",
  });
}
