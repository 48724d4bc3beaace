/** Years of a cluster that is often asleep, with leaders that change, in a second: at every moment what is served is trusted. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { pretendedSecrets, type PretendedSecret } from "../../test/pretended-secrets.ts";
import { isIssuedBy, isValid, readPem, type Authority } from "./authority.ts";
import { createAuthority } from "./certificate.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import type { Leaf } from "./leaf.ts";
import { LINGER, SPREAD } from "./next-step.ts";
import { servable } from "./servable.ts";

const SERVER = "portcullis.portcullis-system.svc";
const DAY = 24 * 60 * 60 * 1_000;
const YEAR = 365 * DAY;
/** Milliseconds between two looks of a leader. */
const LOOK = 10_000;
const SERVICE = { namespace: "portcullis-system", name: "portcullis" };

/** What etcd has. */
interface Backup {
  readonly secret: PretendedSecret | undefined;
  readonly installed: readonly string[];
}

/** A cluster: what is stored, replicas that hear of the Secret, and API servers that hear of the configurations. */
class Cluster {
  #date = new Date("2026-03-01T12:00:00Z");
  #monotonic = 0;
  readonly #api = pretendedSecrets(() => this.#date);
  #installed: readonly string[] = [];
  /** What an entry trusts that no leader writes. */
  #unkept: readonly string[] = [];
  #leaders: CertificateKeeper[] = [this.#newLeader()];
  /** What replicas have served and API servers have trusted, the newest first. */
  #served: readonly (Leaf | undefined)[] = [];
  #trusted: readonly (readonly (readonly Authority[])[])[] = [];
  readonly steps: string[] = [];

  #newLeader(): CertificateKeeper {
    return new CertificateKeeper({
      send: this.#api.send,
      service: SERVICE,
      clock: { date: () => this.#date, monotonic: () => this.#monotonic },
      damaged: () => undefined,
      stepped: (kind) => this.steps.push(kind),
    });
  }

  get date(): Date {
    return this.#date;
  }

  pass(milliseconds: number): void {
    this.#date = new Date(this.#date.getTime() + milliseconds);
    this.#monotonic += milliseconds;
  }

  /** Nobody does anything, after everybody has heard of everything; the clock goes on. */
  sleep(milliseconds: number): void {
    this.#served = this.#served.slice(0, 1);
    this.#trusted = this.#trusted.slice(0, 1);
    this.pass(milliseconds);
  }

  backup(): Backup {
    return { secret: this.#api.secret(), installed: this.#installed };
  }

  restore({ secret, installed }: Backup): void {
    this.#api.put(secret);
    this.#installed = installed;
  }

  /** `portcullis webhooks --apply`. */
  install(): void {
    const text = this.#api.secret()?.data["ca.crt"] ?? "";
    this.#installed = [Buffer.from(text).toString("base64")];
  }

  /** Somebody has an entry of their own, and never changes it. */
  installUnkept(pem: string): void {
    this.#unkept = [Buffer.from(pem).toString("base64")];
  }

  /** The next leader; `beside`: the one before it does not know yet that it is none any more. */
  change(beside: boolean): void {
    this.#leaders = [this.#newLeader(), ...(beside ? this.#leaders.slice(0, 1) : [])];
  }

  async look(): Promise<void> {
    for (const leader of this.#leaders) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { caBundle } = await leader.step([...this.#installed, ...this.#unkept], this.#installed);
      this.#installed = this.#installed.map(() => caBundle);
    }
    const secret = this.#api.secret();
    const found = secret === undefined ? undefined : servable(secret, SERVER, this.#date);
    const leaf = found?.kind === "leaf" ? found.leaf : this.#served[0];
    this.#served = [leaf, ...this.#served].slice(0, 2);
    const bundles = this.#installed.map(
      (text) => readPem(Buffer.from(text, "base64").toString()).authorities,
    );
    this.#trusted = [bundles, ...this.#trusted].slice(0, 2);
  }

  /** What API servers would refuse, of which some have heard of everything, and some not of the last look. */
  refused(): readonly string[] {
    return this.#served.flatMap((leaf, servedBefore) =>
      this.#trusted.flatMap((entries, trustedBefore) =>
        entries
          .filter((bundle) => !this.#accepts(bundle, leaf))
          .map(() => `${this.#date.toISOString()}: leaf ${servedBefore}, caBundle ${trustedBefore}`),
      ),
    );
  }

  #accepts(bundle: readonly Authority[], leaf: Leaf | undefined): boolean {
    return (
      leaf !== undefined &&
      isValid(leaf.x509, this.#date) &&
      bundle.some(({ x509 }) => isValid(x509, this.#date) && isIssuedBy(leaf.x509, x509))
    );
  }
}

async function begun(): Promise<Cluster> {
  const cluster = new Cluster();
  await cluster.look();
  cluster.install();
  await cluster.look();
  return cluster;
}

/** Milliseconds after each look: for a minute, and for all that a rotation waits for. */
const MINUTE = Array.from({ length: 6 }, () => LOOK);
const ROTATION = [LOOK, SPREAD, LOOK, LINGER, LOOK];

async function looks(cluster: Cluster, waits: readonly number[]): Promise<void> {
  for (const wait of waits) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await cluster.look();
    cluster.pass(wait);
  }
}

/** A leaf is renewed when 30 days are left, so whoever sleeps longer may find it expired. */
const asleep = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 20 * DAY, max: 30 * DAY - LOOK }) },
  { weight: 1, arbitrary: fc.constantFrom(1, SPREAD, LINGER, DAY) },
);
const awake = fc.array(fc.constantFrom("look", "look", "look", "look", "other leader", "leader beside"), {
  minLength: 1,
  maxLength: 30,
});

test("for years, asleep for up to a month at a time, leaders that change renew everything in time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.tuple(asleep, awake)), async (nights) => {
      const cluster = await begun();
      const end = cluster.date.getTime() + 5 * YEAR;
      const refused: string[] = [];
      for (const [milliseconds, days] of nights) {
        cluster.sleep(milliseconds);
        refused.push(...cluster.refused());
        for (const look of days) {
          if (look !== "look") cluster.change(look === "leader beside");
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await cluster.look();
          refused.push(...cluster.refused());
          cluster.pass(LOOK);
        }
        if (refused.length > 0 || cluster.date.getTime() > end) break;
      }
      expect(refused).toEqual([]);
      expect(new Set(cluster.steps)).toEqual(
        new Set(["create", "reissue-leaf", "add-next-authority", "promote", "drop-authorities"]),
      );
    }),
    // Another history each time; its seed is told when it fails, at once and not after hours of shorter ones.
    { numRuns: 1, endOnFailure: true },
  );
});

test.each([1, 2, 5])("who slept for %s years is trusted again in less than a minute", async (years) => {
  const cluster = await begun();
  cluster.sleep(years * YEAR);
  await looks(cluster, MINUTE);
  expect(cluster.refused()).toEqual([]);
});

test("who slept until the leaf had ended is trusted again, whatever an entry trusts that nobody keeps", async () => {
  const cluster = await begun();
  const { cert } = await createAuthority("theirs", 3_650, cluster.date);
  cluster.installUnkept(cert);
  cluster.sleep(120 * DAY);
  expect(cluster.refused()).not.toEqual([]);
  await looks(cluster, MINUTE);
  expect(cluster.refused()).toEqual([]);
  expect(cluster.steps).toEqual(["create", "reissue-leaf"]);
});

test.each([1, 40, 80, 400, 800])(
  "after etcd was restored from a backup of %s days ago, what is served is trusted again in less than a minute",
  async (days) => {
    const cluster = await begun();
    const backup = cluster.backup();
    for (let day = 0; day < days; day += 20) {
      cluster.sleep(Math.min(20, days) * DAY);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await looks(cluster, ROTATION);
    }
    expect(cluster.refused()).toEqual([]);
    cluster.restore(backup);
    await looks(cluster, MINUTE);
    expect(cluster.refused()).toEqual([]);
  },
);

test("a caBundle that nobody keeps, and that trusts something else, holds up no leaf", async () => {
  const cluster = await begun();
  const { cert } = await createAuthority("theirs", 3_650, cluster.date);
  cluster.installUnkept(cert);
  const refused: string[] = [];
  // A new authority waits for that entry, and then this one ends.
  for (let day = 0; day < 720; day += 20) {
    cluster.sleep(20 * DAY);
    refused.push(...cluster.refused());
    cluster.change(false);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await looks(cluster, ROTATION);
    refused.push(...cluster.refused());
  }
  expect(refused).toEqual([]);
  expect(new Set(cluster.steps)).toEqual(new Set(["create", "reissue-leaf", "add-next-authority"]));
});
