/** From whatever others made of the Secret and of the installed caBundles, a leader comes back to what is good. */
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { pretendedSecrets, type PretendedSecret } from "../../test/pretended-secrets.ts";
import { isValid, readPem, type Authority } from "./authority.ts";
import { createAuthority, createServerCertificate, type KeyPair } from "./certificate.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { ROTATE, type CertificateState } from "./certificate-state.ts";
import { decodeSecret } from "./decode-secret.ts";
import { LINGER, SPREAD } from "./next-step.ts";

const SERVER = "portcullis.portcullis-system.svc";
const START = new Date("2026-03-01T12:00:00Z");
const DAY = 24 * 60 * 60 * 1_000;
const ENTRIES = 3;
const KEYS = ["tls.crt", "tls.key", "ca.crt", "ca.key", "next-ca.crt", "next-ca.key"] as const;

/** What somebody may write under a key. */
let texts: Readonly<Record<string, string>>;

beforeAll(async () => {
  const foreign = await createAuthority("foreign", 730, START);
  const stranger = await createAuthority("stranger", 730, START);
  const leafBy = (authority: KeyPair): Promise<KeyPair> =>
    createServerCertificate({ dns: [SERVER], ip: [] }, 90, authority, START);
  const [leaf, expired] = [await leafBy(foreign), await createAuthority("expired", 1, new Date(0))];
  texts = {
    empty: "",
    text: "see the vault",
    block: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "foreign authority": foreign.cert,
    "foreign key": foreign.key,
    "foreign leaf": leaf.cert,
    "foreign leaf's key": leaf.key,
    "expired authority": expired.cert,
    "expired key": expired.key,
    "two authorities": `${foreign.cert}# and\n${stranger.cert}`,
  };
});

const NAMES = [
  "empty",
  "text",
  "block",
  "foreign authority",
  "foreign key",
  "foreign leaf",
  "foreign leaf's key",
  "expired authority",
  "expired key",
  "two authorities",
] as const;
const name = fc.constantFrom(...NAMES);
const passed = fc.constantFrom(0, 1_000, SPREAD, LINGER, 61 * DAY, 500 * DAY, 800 * DAY, -800 * DAY);

const event = fc.oneof(
  fc.record({ kind: fc.constant("key" as const), key: fc.constantFrom(...KEYS), name }),
  fc.record({
    kind: fc.constant("swap" as const),
    one: fc.constantFrom(...KEYS),
    other: fc.constantFrom(...KEYS),
  }),
  fc.record({ kind: fc.constant("foreign set" as const) }),
  fc.record({ kind: fc.constant("deleted" as const) }),
  fc.record({ kind: fc.constant("an older Secret" as const) }),
  fc.record({ kind: fc.constant("rotate" as const), what: fc.constantFrom("leaf", "ca") }),
  fc.record({ kind: fc.constant("entry" as const), entry: fc.nat(ENTRIES - 1), name }),
  fc.record({ kind: fc.constant("unkept entry" as const), name }),
  fc.record({ kind: fc.constant("uninstalled" as const) }),
  fc.record({ kind: fc.constant("installed" as const) }),
  fc.record({ kind: fc.constant("leader" as const) }),
  fc.record({ kind: fc.constant("time" as const), passed }),
  // Some steps of a leader, so that events come in the midst of what it does.
  fc.record({ kind: fc.constant("steps" as const), count: fc.integer({ min: 1, max: 4 }), passed }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const text = (key: string): string => texts[key] ?? "";

function bundlesIn(caBundles: readonly string[]): readonly (readonly Authority[])[] {
  return caBundles.map((caBundle) => readPem(Buffer.from(caBundle, "base64").toString()).authorities);
}

/** A cluster with its leader, and a replica that presents the last good leaf that it saw. */
class World {
  #date = START;
  #monotonic = 0;
  readonly #api = pretendedSecrets(() => this.#date);
  #installed: string[] = [];
  /** What an entry trusts that no leader writes. */
  #unkept: readonly string[] = [];
  #older: PretendedSecret | undefined;
  #keeper = this.#newKeeper();
  #replica: CertificateState["leaf"];
  #leafBefore = "";
  #anchorBefore: string | undefined;
  /** What must never happen, and did. */
  readonly wrong: string[] = [];

  #newKeeper(): CertificateKeeper {
    return new CertificateKeeper({
      send: this.#api.send,
      service: { namespace: "portcullis-system", name: "portcullis" },
      clock: { date: () => this.#date, monotonic: () => this.#monotonic },
      damaged: () => undefined,
      stepped: (kind) => this.#wrote(kind),
    });
  }

  bundles(): readonly (readonly Authority[])[] {
    return bundlesIn([...this.#installed, ...this.#unkept]);
  }

  state(): CertificateState {
    return decodeSecret(this.#api.secret(), {
      serverName: SERVER,
      now: this.#date,
      installed: this.bundles(),
    });
  }

  isInstalled(anchor: string | undefined, bundles = this.bundles()): boolean {
    return bundles.every((bundle) => bundle.some(({ fingerprint }) => fingerprint === anchor));
  }

  /** Whether an authority could sign that has time left, for entries that are kept. */
  get canServe(): boolean {
    const { signer } = this.state();
    return this.#installed.length > 0 && signer !== undefined && isValid(signer.x509, this.#date);
  }

  /** Where replicas could present nothing before, nobody who is not kept holds that up. */
  #bundlesToTrustNext(): readonly (readonly Authority[])[] {
    const isAlone = this.#anchorBefore === undefined && this.#installed.length > 0;
    return isAlone ? bundlesIn(this.#installed) : this.bundles();
  }

  #wrote(kind: string): void {
    const { leaf } = this.state();
    const written = this.#api.secret()?.data["tls.crt"] ?? "";
    const isNew = written !== this.#leafBefore;
    const isOfAnother = leaf?.anchor !== this.#anchorBefore;
    const bundles = this.#bundlesToTrustNext();
    this.#leafBefore = written;
    this.#anchorBefore = leaf?.anchor;
    if (!isNew || !isOfAnother || leaf === undefined || this.isInstalled(leaf.anchor, bundles)) return;
    const others = bundles
      .flat()
      .filter(({ x509, fingerprint }) => isValid(x509, this.#date) && fingerprint !== leaf.anchor);
    if (others.length > 0) this.wrong.push(`${kind} wrote a leaf that is not trusted everywhere`);
  }

  /** As a leader does; what a replica presents must stay trusted wherever it was. */
  async step(): Promise<void> {
    this.#leafBefore = this.#api.secret()?.data["tls.crt"] ?? "";
    this.#anchorBefore = this.goodLeaf()?.anchor;
    const before = this.bundles();
    const { caBundle } = await this.#keeper.step([...this.#installed, ...this.#unkept], this.#installed);
    const { authorities } = readPem(Buffer.from(caBundle, "base64").toString());
    const trusts = (bundle: readonly Authority[]): boolean =>
      bundle.some(({ fingerprint }) => fingerprint === this.#replica?.anchor);
    const isServing = this.#replica !== undefined && isValid(this.#replica.x509, this.#date);
    if (isServing && before.length > 0 && before.every(trusts) && !trusts(authorities))
      this.wrong.push("what a replica presents is no longer trusted");
    this.#installed = this.#installed.map(() => caBundle);
    this.#follow();
  }

  /** What replicas can present of the Secret. */
  goodLeaf(): CertificateState["leaf"] {
    const { leaf, faults } = this.state();
    return faults.some((fault) => fault.startsWith("leaf-")) ? undefined : leaf;
  }

  #follow(): void {
    this.#replica = this.goodLeaf() ?? this.#replica;
  }

  removeUnkept(): void {
    this.#unkept = [];
  }

  pass(milliseconds: number): void {
    this.#date = new Date(this.#date.getTime() + milliseconds);
    this.#monotonic += Math.max(0, milliseconds);
  }

  #edit(data: Readonly<Record<string, string>>): void {
    const { data: old = {}, annotations = {} } = this.#api.secret() ?? {};
    this.#api.put({ data: { ...old, ...data }, annotations });
  }

  // oxlint-disable-next-line complexity -- one case for each kind of event
  async happen(happening: Event): Promise<void> {
    switch (happening.kind) {
      case "key":
        return this.#edit({ [happening.key]: text(happening.name) });
      case "swap": {
        const data = this.#api.secret()?.data ?? {};
        const { one, other } = happening;
        return this.#edit({ [one]: data[other] ?? "", [other]: data[one] ?? "" });
      }
      case "foreign set":
        return this.#edit({
          "ca.crt": text("foreign authority"),
          "ca.key": text("foreign key"),
          "tls.crt": text("foreign leaf"),
          "tls.key": text("foreign leaf's key"),
        });
      case "deleted":
        return this.#api.put(undefined);
      case "an older Secret": {
        const now = this.#api.secret();
        if (this.#older !== undefined) this.#api.put(this.#older);
        this.#older = now;
        return undefined;
      }
      case "rotate": {
        const data = this.#api.secret()?.data ?? {};
        return this.#api.put({ data, annotations: { [ROTATE]: happening.what } });
      }
      case "entry": {
        const encoded = Buffer.from(text(happening.name)).toString("base64");
        this.#installed = this.#installed.map((old, index) => (index === happening.entry ? encoded : old));
        return undefined;
      }
      case "unkept entry":
        this.#unkept = [Buffer.from(text(happening.name)).toString("base64")];
        return undefined;
      case "uninstalled":
        this.#installed = [];
        this.#unkept = [];
        return undefined;
      case "installed": {
        const caBundle = Buffer.from(this.#api.secret()?.data["ca.crt"] ?? "").toString("base64");
        if (this.#installed.length === 0) this.#installed = Array.from({ length: ENTRIES }, () => caBundle);
        return undefined;
      }
      case "leader":
        this.#keeper = this.#newKeeper();
        return undefined;
      case "time":
        return this.pass(happening.passed);
      case "steps": {
        for (let step = 0; step < happening.count; step += 1) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          await this.step();
          this.pass(happening.passed);
        }
      }
    }
  }
}

/** Milliseconds between the steps of a leader whom nobody disturbs any more. */
const WAITS = [...Array.from({ length: 7 }, () => SPREAD), ...Array.from({ length: 4 }, () => LINGER)];

async function settled(world: World): Promise<void> {
  for (const waited of WAITS) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await world.step();
    world.pass(waited);
  }
  await world.step();
}

test("what is good comes back, and nothing that is presented stops being trusted on the way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(event, { maxLength: 12 }), async (isInstalled, events) => {
      const world = new World();
      await world.step();
      if (isInstalled) await world.happen({ kind: "installed" });
      for (const each of events) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await world.happen(each);
      }
      await settled(world);
      expect(world.wrong).toEqual([]);
      // Nor does somebody else's entry keep those that are kept from what they need,
      const served = world.canServe ? world.goodLeaf() : "nothing";
      expect(served).toBeDefined();
      // but it has to be put right, or gone, before everything is.
      world.removeUnkept();
      await settled(world);
      const { authorities, signer, next, leaf, faults, rotate } = world.state();
      expect(world.wrong).toEqual([]);
      expect([faults, next, rotate]).toEqual([[], undefined, undefined]);
      expect(authorities.map(({ fingerprint }) => fingerprint)).toEqual([signer?.fingerprint]);
      expect([leaf?.anchor, world.isInstalled(leaf?.anchor)]).toEqual([signer?.fingerprint, true]);
    }),
    { numRuns: 30 },
  );
});
