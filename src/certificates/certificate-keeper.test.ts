import { X509Certificate } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { pretendedSecrets, type PretendedSecrets } from "../../test/pretended-secrets.ts";
import type { ApiAnswer } from "../cluster/api/request.ts";
import { PortcullisError } from "../error.ts";
import type { JsonObject } from "../policy/json.ts";
import { readPem } from "./authority.ts";
import { createAuthority, createServerCertificate } from "./certificate.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { ROTATE } from "./certificate-state.ts";
import type { CertificateFault } from "./fault.ts";
import { LINGER, SPREAD } from "./next-step.ts";

const DAY = 24 * 60 * 60 * 1_000;
const SERVER = "portcullis.portcullis-system.svc";

let date: Date;
let monotonic: number;
let api: PretendedSecrets;
let faults: CertificateFault[];
let steps: string[];
let keeper: CertificateKeeper;

function newKeeper(send = api.send): CertificateKeeper {
  return new CertificateKeeper({
    send,
    service: { namespace: "portcullis-system", name: "portcullis" },
    clock: { date: () => new Date(0), monotonic: () => monotonic },
    damaged: (fault) => faults.push(fault),
    stepped: (kind) => steps.push(kind),
  });
}

beforeEach(() => {
  date = new Date("2026-03-01T12:00:00Z");
  monotonic = 5;
  api = pretendedSecrets(() => date);
  [faults, steps] = [[], []];
  keeper = newKeeper();
});

function pass(milliseconds: number): void {
  date = new Date(date.getTime() + milliseconds);
  monotonic += milliseconds;
}

/** What the Secret has under a key. */
const text = (key: string): string => api.secret()?.data[key] ?? "";
const leaf = (): X509Certificate => new X509Certificate(text("tls.crt"));
const trusted = (caBundle: string): readonly string[] =>
  readPem(Buffer.from(caBundle, "base64").toString()).authorities.map(({ x509 }) => x509.subject);
const edit = (data: Readonly<Record<string, string>>): void =>
  api.put({ data: { ...api.secret()?.data, ...data }, annotations: {} });
const annotate = (rotate: string): void =>
  api.put({ data: api.secret()?.data ?? {}, annotations: { [ROTATE]: rotate } });

/** As a leader does, with two entries that it keeps current, until nothing changes any more. */
async function settle(caBundle: string): Promise<string> {
  let current = caBundle;
  for (let quiet = 0; quiet < 25; quiet += 1) {
    const { length } = steps;
    const wanted = await keeper.step([current, current]);
    if (steps.length > length || wanted.caBundle !== current) quiet = 0;
    current = wanted.caBundle;
    pass(LINGER / 20);
  }
  return current;
}

describe("at the beginning", () => {
  test("an authority and a leaf are made at once, valid for 2 years and 90 days by the API server's clock", async () => {
    const { caBundle } = await keeper.step([]);
    const authority = new X509Certificate(text("ca.crt"));
    expect(Buffer.from(caBundle, "base64").toString()).toBe(text("ca.crt"));
    expect(leaf().checkIssued(authority) && leaf().verify(authority.publicKey)).toBe(true);
    expect(leaf().checkHost(SERVER)).toBe(SERVER);
    expect([leaf(), authority].map(({ validTo }) => (Date.parse(validTo) - date.getTime()) / DAY)).toEqual([
      90, 730,
    ]);
    expect(Object.keys(api.secret()?.data ?? {}).toSorted()).toEqual([
      "ca.crt",
      "ca.key",
      "tls.crt",
      "tls.key",
    ]);
    expect([faults, steps]).toEqual([[], ["create"]]);
  });

  test("what is good is left alone", async () => {
    const { caBundle } = await keeper.step([]);
    pass(59 * DAY);
    expect(await newKeeper().step([caBundle])).toEqual({
      caBundle,
      signerNotAfter: new X509Certificate(text("ca.crt")).validToDate,
    });
    expect([faults, steps, api.calls]).toEqual([[], ["create"], ["GET", "POST", "GET", "GET"]]);
  });

  test("two leaders at the same moment end with one Secret", async () => {
    const [one, other] = await Promise.all([keeper.step([]), newKeeper().step([])]);
    expect(one).toEqual(other);
    expect([trusted(one.caBundle).length, steps]).toEqual([1, ["create"]]);
  });

  test("somebody who writes all the time is told of", async () => {
    const send = api.send;
    const interfering = new CertificateKeeper({
      send: async (request) => {
        const answer = await send(request);
        if (request.method === "GET") api.put({ data: { "ca.crt": "x" }, annotations: {} });
        return answer;
      },
      service: { namespace: "portcullis-system", name: "portcullis" },
      clock: { date: () => date, monotonic: () => monotonic },
      damaged: () => undefined,
      stepped: () => undefined,
    });
    await expect(interfering.step([])).rejects.toMatchObject({
      code: "CLUSTER_REFUSED",
      message: expect.stringContaining("portcullis-system/portcullis-tls was changed by somebody else"),
    });
  });
});

describe("rotation", () => {
  test("a leaf with less than a third left is reissued by the same authority", async () => {
    const { caBundle } = await keeper.step([]);
    pass(61 * DAY);
    expect(await newKeeper().step([caBundle])).toMatchObject({ caBundle });
    expect([steps, leaf().validToDate]).toEqual([
      ["create", "reissue-leaf"],
      new Date(date.getTime() + 90 * DAY),
    ]);
  });

  test("a next authority signs when every caBundle has had it for a while, and the old one goes last", async () => {
    const { caBundle: first } = await keeper.step([]);
    const old = text("tls.crt");
    await keeper.step([first, first]);
    annotate("ca");
    const { caBundle: both } = await keeper.step([first, first]);
    expect([trusted(both).length, text("tls.crt"), steps.at(-1)]).toEqual([2, old, "add-next-authority"]);
    await keeper.step([both, first]);
    pass(2 * SPREAD);
    await keeper.step([both, first]);
    expect(text("tls.crt")).toBe(old);
    await keeper.step([both, both]);
    pass(SPREAD - 1);
    await keeper.step([both, both]);
    expect(text("tls.crt")).toBe(old);
    pass(1);
    const { caBundle: promoted } = await keeper.step([both, both]);
    expect([steps.at(-1), trusted(promoted).toSorted()]).toEqual(["promote", trusted(both).toSorted()]);
    expect([leaf().issuer, api.secret()?.annotations, text("next-ca.key")]).toEqual([
      trusted(both)[1],
      {},
      "",
    ]);
    await keeper.step([promoted, promoted]);
    pass(LINGER - 1);
    expect(await keeper.step([promoted, promoted])).toMatchObject({ caBundle: promoted });
    pass(1);
    const { caBundle: last } = await keeper.step([promoted, promoted]);
    expect([steps.at(-1), trusted(last)]).toEqual(["drop-authorities", [leaf().issuer]]);
    expect([await settle(last), steps.length, faults]).toEqual([last, 4, []]);
  });

  test("an authority is renewed when a third of its life is left", async () => {
    const { caBundle } = await keeper.step([]);
    pass(490 * DAY);
    const settled = await settle(caBundle);
    expect(trusted(settled)).not.toEqual(trusted(caBundle));
    expect(steps).toEqual(["create", "add-next-authority", "reissue-leaf", "promote", "drop-authorities"]);
  });

  test("a new leader waits anew before the next authority signs", async () => {
    const { caBundle: first } = await keeper.step([]);
    annotate("ca");
    const { caBundle: both } = await keeper.step([first]);
    await keeper.step([both]);
    pass(SPREAD - 1);
    keeper = newKeeper();
    await keeper.step([both]);
    pass(1);
    await keeper.step([both]);
    expect(steps.at(-1)).toBe("add-next-authority");
    pass(SPREAD);
    await keeper.step([both]);
    expect(steps.at(-1)).toBe("promote");
  });

  test("who asks again while a next authority waits gets another one, which waits anew", async () => {
    const { caBundle: first } = await keeper.step([]);
    annotate("ca");
    const { caBundle: both } = await keeper.step([first]);
    expect([steps.at(-1), api.secret()?.annotations]).toEqual(["add-next-authority", {}]);
    const read = text("next-ca.key");
    await keeper.step([both]);
    pass(SPREAD);
    annotate("ca");
    const { caBundle: three } = await keeper.step([both]);
    expect([steps, api.secret()?.annotations]).toEqual([
      ["create", "add-next-authority", "add-next-authority"],
      {},
    ]);
    const waiting = text("next-ca.key");
    expect(waiting).not.toBe(read);
    await keeper.step([three]);
    pass(SPREAD - 1);
    await keeper.step([three]);
    expect([steps.length, text("next-ca.key")]).toEqual([3, waiting]);
    const settled = await settle(three);
    expect([text("ca.key"), trusted(settled)]).toEqual([waiting, [leaf().issuer]]);
  });

  test("an old authority goes in its time, however often leaders change", async () => {
    const { caBundle: first } = await keeper.step([]);
    annotate("ca");
    const { caBundle: both } = await keeper.step([first]);
    await keeper.step([both]);
    pass(SPREAD);
    const { caBundle: promoted } = await keeper.step([both]);
    expect(steps.at(-1)).toBe("promote");
    const third = LINGER / 3;
    for (const passed of [third, third, third - 1]) {
      pass(passed);
      keeper = newKeeper();
      expect(await keeper.step([promoted])).toMatchObject({ caBundle: promoted });
    }
    pass(1_000);
    keeper = newKeeper();
    const { caBundle: last } = await keeper.step([promoted]);
    expect([steps.at(-1), trusted(last)]).toEqual(["drop-authorities", [leaf().issuer]]);
  });

  test("without an installed configuration a new authority signs at once", async () => {
    await keeper.step([]);
    annotate("ca");
    await keeper.step([]);
    expect([steps, trusted(Buffer.from(text("ca.crt")).toString("base64")).length]).toEqual([
      ["create", "add-next-authority", "promote"],
      2,
    ]);
  });

  test("`leaf` makes a new leaf once; another word is told of, and left", async () => {
    const { caBundle } = await keeper.step([]);
    const old = text("tls.crt");
    annotate("leaf");
    await keeper.step([caBundle]);
    expect([text("tls.crt") === old, api.secret()?.annotations]).toEqual([false, {}]);
    annotate("everything");
    await keeper.step([caBundle]);
    await keeper.step([caBundle]);
    expect([steps, faults, api.secret()?.annotations]).toEqual([
      ["create", "reissue-leaf"],
      ["rotate-unknown"],
      { [ROTATE]: "everything" },
    ]);
  });
});

describe("damage", () => {
  test("what waits for a person is told again every hour", async () => {
    const { caBundle } = await keeper.step([]);
    annotate("everything");
    for (let minutes = 0; minutes < 150; minutes += 10) {
      await keeper.step([caBundle]);
      pass(DAY / 144);
    }
    expect(faults).toEqual(["rotate-unknown", "rotate-unknown", "rotate-unknown"]);
  });

  test.each<[string, () => Promise<Readonly<Record<string, string>>>, CertificateFault]>([
    ["half a pair", async () => ({ "tls.key": text("ca.key") }), "leaf-unusable"],
    ["no leaf", async () => ({ "tls.crt": "", "tls.key": "" }), "leaf-missing"],
    ["an empty certificate", async () => ({ "tls.crt": "see the vault" }), "leaf-unusable"],
    [
      "a leaf for another name",
      async () => {
        const authority = { cert: text("ca.crt"), key: text("ca.key") };
        const other = await createServerCertificate({ dns: ["localhost"], ip: [] }, 90, authority, date);
        return { "tls.crt": other.cert, "tls.key": other.key };
      },
      "leaf-not-for-service",
    ],
    [
      "a leaf of an authority that nobody trusts",
      async () => {
        const foreign = await createAuthority("foreign", 9, date);
        const other = await createServerCertificate({ dns: [SERVER], ip: [] }, 90, foreign, date);
        return { "tls.crt": other.cert, "tls.key": other.key };
      },
      "leaf-untrusted",
    ],
  ])("%s is mended at once by the same authority", async (_name, damage, fault) => {
    const { caBundle } = await keeper.step([]);
    edit(await damage());
    expect(await keeper.step([caBundle, caBundle])).toMatchObject({ caBundle });
    expect([steps, faults]).toEqual([["create", "reissue-leaf"], [fault]]);
    expect(leaf().checkHost(SERVER)).toBe(SERVER);
    await keeper.step([caBundle]);
    expect(faults).toHaveLength(1);
  });

  test("what a program damages again and again is mended ten times at once, and then once a minute", async () => {
    const { caBundle } = await keeper.step([]);
    const damaged = async (): Promise<string> => {
      edit({ "tls.key": text("ca.key") });
      const thrown: unknown = await keeper.step([caBundle]).catch((error: unknown) => error);
      return thrown instanceof PortcullisError ? `${thrown.code} ${thrown.message}` : "mended";
    };
    const contended =
      "CLUSTER_REFUSED The Secret portcullis-system/portcullis-tls was changed by somebody else again and again; it is mended once a minute now.";
    for (let times = 1; times <= 10; times += 1) expect(await damaged()).toBe("mended");
    expect(await damaged()).toBe(contended);
    pass(59_999);
    expect(await damaged()).toBe(contended);
    pass(1);
    expect([await damaged(), await damaged()]).toEqual(["mended", contended]);
    expect(steps).toHaveLength(12);
  });

  test.each<readonly [string, ApiAnswer, RegExp, RegExp]>([
    [
      "a policy that refuses it",
      { code: 422, body: { message: "denied request: the field is immutable for you." } },
      /: denied request: the field is immutable for you\.$/,
      /^Mend what the API server names/,
    ],
    ["too many requests", { code: 429, body: {} }, /did not write the Secret .*: HTTP 429\.$/, /Mend/],
    ["an API server that fails", { code: 500, body: { message: "etcd" } }, /: etcd\.$/, /Mend/],
  ])("%s changes nothing, and is told with what to do", async (_, answer, message, remedy) => {
    const { caBundle } = await keeper.step([]);
    const { send } = api;
    keeper = newKeeper((request) => (request.method === "GET" ? send(request) : Promise.resolve(answer)));
    edit({ "tls.key": "" });
    await expect(keeper.step([caBundle])).rejects.toMatchObject({
      code: "CLUSTER_REFUSED",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
    expect([faults, steps]).toEqual([["leaf-missing"], ["create"]]);
  });

  test("an immutable Secret is to be deleted, one that is not there is not", async () => {
    const refusal = { code: 422, body: { message: "data: field is immutable." } };
    const { send } = api;
    keeper = newKeeper(async (request) => {
      if (request.method !== "GET") return refusal;
      const answer = await send(request);
      return { ...answer, body: { ...answer.body, immutable: true } };
    });
    await expect(keeper.step([])).rejects.toMatchObject({ remedy: expect.stringMatching(/^Mend/) });
    api.put({ data: {}, annotations: {} });
    await expect(keeper.step([])).rejects.toMatchObject({
      code: "CLUSTER_REFUSED",
      message: expect.stringMatching(/did not write the Secret .*: data: field is immutable\.$/),
      remedy: expect.stringMatching(/kubectl delete secret portcullis-tls --namespace portcullis-system/),
    });
  });

  test.each<readonly [string, JsonObject]>([
    ["half an object", { kind: "Secret", metadata: {} }],
    ["a page of a proxy", {}],
    ["another object", { metadata: { resourceVersion: "1" }, data: { "tls.crt": 7 } }],
  ])("%s instead of the Secret is no Secret, and nothing is written for it", async (_, body) => {
    const written: string[] = [];
    keeper = newKeeper(async ({ method }) => {
      if (method !== "GET") written.push(method);
      return { code: 200, body };
    });
    await expect(keeper.step([])).rejects.toMatchObject({
      code: "CLUSTER_REFUSED",
      message:
        "The API server was asked for the Secret portcullis-system/portcullis-tls, and the answer is none.",
    });
    expect(written).toEqual([]);
  });

  test("an authority that does not match is set right by what callers trust, and the stranger goes later", async () => {
    const { caBundle } = await keeper.step([]);
    const before = text("tls.crt");
    edit({ "ca.crt": (await createAuthority("stranger", 9, date)).cert });
    const { caBundle: mended } = await keeper.step([caBundle]);
    expect([steps, faults, trusted(mended).length]).toEqual([
      ["create", "repair"],
      ["authorities-incomplete"],
      2,
    ]);
    expect([await settle(mended), text("tls.crt")]).toEqual([caBundle, before]);
  });

  test("a Secret that was deleted while webhooks are installed comes back with an authority that spreads first", async () => {
    const { caBundle } = await keeper.step([]);
    api.put(undefined);
    const { caBundle: both } = await keeper.step([caBundle]);
    expect([faults, steps.at(-1), text("tls.crt")]).toEqual([["secret-missing"], "add-next-authority", ""]);
    expect(trusted(both)).toEqual(expect.arrayContaining([...trusted(caBundle)]));
    const settled = await settle(both);
    expect([trusted(settled), leaf().issuer]).toEqual([[leaf().issuer], trusted(settled)[0]]);
  });

  test.each([
    ["what is kept has trusted its authority", true],
    ["somebody has trusted its authority, where nothing is kept,", false],
  ])("an older Secret whose leaf has ended gets another leaf when %s for a while", async (_, isKept) => {
    const theirs = Buffer.from((await createAuthority("theirs", 3_650, date)).cert).toString("base64");
    const look = async (caBundle: string): Promise<string> =>
      (await keeper.step([caBundle, theirs], isKept ? [caBundle] : [])).caBundle;
    const { caBundle: first } = await keeper.step([]);
    const older = api.secret();
    annotate("ca");
    const newer = await settle(first);
    pass(100 * DAY);
    keeper = newKeeper();
    api.put(older);
    const mended = await look(newer);
    pass(2 * SPREAD);
    await look(newer);
    expect(text("tls.crt")).toBe(older?.data["tls.crt"]);
    expect(trusted(mended)).toEqual(expect.arrayContaining([...trusted(first), ...trusted(newer)]));
    await look(mended);
    pass(SPREAD - 1);
    await look(mended);
    expect(text("tls.crt")).toBe(older?.data["tls.crt"]);
    pass(1);
    await look(mended);
    expect([steps.at(-1), leaf().issuer]).toEqual(["reissue-leaf", trusted(first)[0]]);
  });

  test("a Secret of cert-manager is taken over without a moment in which its leaf is not trusted", async () => {
    const issuer = await createAuthority("cert-manager", 3650, date);
    const served = await createServerCertificate({ dns: [SERVER], ip: [] }, 365, issuer, date);
    edit({ "ca.crt": issuer.cert, "tls.crt": served.cert, "tls.key": served.key });
    const installed = Buffer.from(issuer.cert).toString("base64");
    const { caBundle: both } = await keeper.step([installed]);
    expect([faults, trusted(both).length, text("tls.crt").trim()]).toEqual([
      ["signer-missing"],
      2,
      served.cert.trim(),
    ]);
    const settled = await settle(both);
    expect(trusted(settled)).toEqual([leaf().issuer]);
    expect(steps).toEqual(["add-next-authority", "promote", "drop-authorities"]);
  });

  test("a clock of the API server that jumps years ahead and back leaves certificates that are valid", async () => {
    const { caBundle } = await keeper.step([]);
    date = new Date("2031-01-01T00:00:00Z");
    const ahead = await settle(caBundle);
    expect(leaf().validToDate > date).toBe(true);
    date = new Date("2026-03-02T00:00:00Z");
    const back = await settle(ahead);
    const [authority] = readPem(Buffer.from(back, "base64").toString()).authorities;
    expect([leaf(), authority?.x509].map((x509) => x509 !== undefined && x509.validFromDate < date)).toEqual([
      true,
      true,
    ]);
    expect(faults).toContain("leaf-not-valid");
  });
});
