import { describe, expect, test } from "@jest/globals";
import { PretendedConfigurations } from "../../../test/pretended-configurations.ts";
import { samplePolicy, sampleSnapshot } from "../../../test/samples.ts";
import type { Snapshot } from "../../admission/snapshot.ts";
import type { ApiAnswer, ApiRequest } from "../api/request.ts";
import { objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import { RECORD_ANNOTATION, recorded } from "../install/record.ts";
import { installedStore } from "./store.ts";
import { caBundlesOf } from "./wanted.ts";
import { readInstalled, WebhookKeeper, WRITE_INTERVAL, type Correction } from "./keep-webhooks.ts";
import { withProbe } from "../webhooks/probe.ts";
import type { WebhookServer } from "../webhooks/configuration.ts";
import { IGNORE_ANNOTATION, webhookConfigurations, withoutFail } from "../webhooks/webhooks.ts";

const SERVICE = { namespace: "portcullis-system", name: "portcullis", port: 8443 };
const SERVER: WebhookServer = { service: { ...SERVICE, port: 443 }, caBundle: "T2xk" };

function snapshotOf(...resources: readonly string[]): Snapshot {
  const policies = resources.map((resource) =>
    samplePolicy(`a/${resource}`, {
      metadata: { match: { resources: [resource], operations: ["CREATE"] } },
      entrypoints: { deny: `a/${resource}/deny`, patch: `a/${resource}/patch` },
    }),
  );
  return sampleSnapshot({ policies });
}
const PODS = snapshotOf("pods");
const VALIDATING = "ValidatingWebhookConfiguration";
const MUTATING = "MutatingWebhookConfiguration";

/** As `portcullis webhooks --apply` leaves it. */
function installedAt(server: WebhookServer) {
  const { validating, mutating } = webhookConfigurations(PODS, server);
  return { validating: recorded(validating, server), mutating: recorded(mutating, server) };
}

/** An installation for Pods, and a leader of it. */
function installation(server = SERVER) {
  const cluster = new PretendedConfigurations();
  const { validating, mutating } = installedAt(server);
  cluster.install(validating);
  cluster.install(mutating);
  let refusal: ((request: ApiRequest) => ApiAnswer | undefined) | undefined;
  const store = installedStore(async (request) => refusal?.(request) ?? cluster.send(request));
  const corrections: Correction[] = [];
  const unkept: string[] = [];
  let now = 0;
  const term = () =>
    new WebhookKeeper({
      store,
      service: SERVICE,
      now: () => now,
      corrected: (correction) => corrections.push(correction),
      kept: ({ kind }, why) => {
        if (why !== undefined) unkept.push(`${kind}: ${why}`);
      },
    });
  let keeper = term();
  return {
    cluster,
    corrections,
    unkept,
    validating,
    mutating,
    step: async (snapshot = PODS, caBundle?: string) =>
      keeper.keep(await readInstalled(store), { snapshot, file: "bundle.tar.gz" }, caBundle),
    pass: (milliseconds: number) => (now += milliseconds),
    elect: () => (keeper = term()),
    /** Writes that are about a configuration of this kind, and have this method, are answered so. */
    refuse: (kind: string, methods: readonly string[], answer: ApiAnswer) => {
      const resource = `/${kind.toLowerCase()}s/`;
      refusal = ({ method, path }) =>
        methods.includes(method) && path.includes(resource) ? answer : undefined;
    },
    read: () => readInstalled(store),
  };
}

/** The first entry with other members. */
function first(members: object) {
  return ([entry = {}, ...others]: readonly JsonObject[]): readonly JsonObject[] => [
    { ...entry, ...members },
    ...others,
  ];
}

function elsewhere(webhooks: readonly JsonObject[]): readonly JsonObject[] {
  return webhooks.map((entry) => ({ ...entry, clientConfig: { url: "https://elsewhere.example/" } }));
}

const entriesOf = (webhooks: readonly JsonObject[]): readonly unknown[] => webhooks.map(({ name }) => name);
const bundlesOf = (webhooks: readonly JsonObject[]): readonly unknown[] =>
  webhooks.map((entry) => objectMember(entry, "clientConfig")?.["caBundle"]);

const portsOf = (webhooks: readonly JsonObject[]): readonly unknown[] =>
  webhooks.map((entry) => objectMember(objectMember(entry, "clientConfig"), "service")?.["port"]);
const atPort = (port: number) => (webhooks: readonly JsonObject[]) =>
  webhooks.map((entry) => ({ ...entry, clientConfig: { service: { ...SERVICE, path: "/validate", port } } }));

test("nothing is written where everything is as it must be", async () => {
  const { cluster, step, corrections } = installation();
  expect([await step(), await step()]).toEqual([undefined, undefined]);
  expect([cluster.writes, corrections]).toEqual([[], []]);
});

describe("what somebody changes", () => {
  test.each([
    ["failurePolicy", "failurePolicy", first({ failurePolicy: "Ignore" })],
    ["a selector", "objectSelector", first({ objectSelector: { matchLabels: { a: "b" } } })],
    [
      "a condition more",
      "matchConditions",
      first({ matchConditions: [{ name: "never", expression: "false" }] }),
    ],
    ["no conditions", "matchConditions", first({ matchConditions: [] })],
    ["a URL", "clientConfig", first({ clientConfig: { url: "https://elsewhere.example/" } })],
    ["another port", "clientConfig", first({ clientConfig: { service: { ...SERVICE, path: "/validate" } } })],
    ["an entry less", undefined, (webhooks: readonly JsonObject[]) => webhooks.slice(1)],
    ["no entries", undefined, () => []],
    [
      "an entry more",
      undefined,
      (webhooks: readonly JsonObject[]) => [...webhooks, { ...webhooks[0], name: "theirs" }],
    ],
  ])("is put back: %s", async (_, field, change) => {
    const { cluster, step, corrections } = installation();
    await step();
    const before = cluster.webhooks(VALIDATING);
    cluster.edit(VALIDATING, change);
    expect(await step()).toBeUndefined();
    expect(new Set(cluster.webhooks(VALIDATING))).toEqual(new Set(before));
    expect(corrections).toMatchObject([{ id: { kind: VALIDATING }, difference: { field }, byOthers: true }]);
    const writes = cluster.writes.length;
    await step();
    expect(cluster.writes.length).toBe(writes);
  });

  test("is put back also where all entries lead elsewhere at once", async () => {
    const { cluster, step } = installation();
    await step();
    cluster.edit(VALIDATING, elsewhere);
    cluster.edit(MUTATING, elsewhere);
    await step();
    expect([...cluster.webhooks(VALIDATING), ...cluster.webhooks(MUTATING)]).toMatchObject(
      Array.from({ length: 3 }, () => ({ clientConfig: { service: { port: 443 } } })),
    );
  });

  test("is told with who it was, if the API server knows", async () => {
    const { cluster, step, corrections } = installation();
    await step();
    cluster.edit(MUTATING, first({ failurePolicy: "Fail" }), {
      'k:{"name":"mutate.portcullis.dev"}': { "f:failurePolicy": {} },
    });
    await step();
    expect(corrections).toEqual([
      {
        id: { kind: MUTATING, name: "portcullis" },
        difference: { entry: "mutate.portcullis.dev", field: "failurePolicy" },
        byOthers: true,
        manager: "somebody",
        isUnderIgnore: false,
      },
    ]);
  });

  test("is put back by one write in 5 s at most, however often it is changed", async () => {
    const { cluster, step, corrections, pass } = installation();
    await step();
    for (let second = 0; second < 20; second += 1) {
      cluster.edit(VALIDATING, first({ failurePolicy: "Ignore" }));
      const wait = await step();
      expect(wait ?? 0).toBeLessThanOrEqual(WRITE_INTERVAL);
      pass(1_000);
    }
    expect(corrections.length).toBe(4);
    expect(cluster.writes.length).toBe(4);
  });

  test("is not written over while somebody changes it at the same moment", async () => {
    const { cluster, step, corrections, pass } = installation();
    await step();
    cluster.edit(VALIDATING, first({ failurePolicy: "Ignore" }));
    let isFirst = true;
    cluster.beforeWrite = () => {
      if (isFirst) cluster.edit(VALIDATING, first({ timeoutSeconds: 1 }));
      isFirst = false;
    };
    expect(await step()).toBe(WRITE_INTERVAL);
    expect([cluster.writes.length, corrections]).toEqual([1, []]);
    pass(WRITE_INTERVAL);
    await step();
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({ failurePolicy: "Fail", timeoutSeconds: 5 });
  });

  test.each([
    ["it is applied and replaced", ["PATCH", "PUT"]],
    ["what others added is taken out", ["PUT"]],
  ])("is told when the API server does not take it as %s", async (_, methods) => {
    const { cluster, step, pass, refuse } = installation();
    await step();
    cluster.edit(VALIDATING, (webhooks) => [
      ...first({ rules: [] })(webhooks),
      { name: "theirs", clientConfig: { url: "https://their.example/" } },
    ]);
    refuse(VALIDATING, methods, { code: 422, body: { message: 'values: Invalid value: "a-"' } });
    for (let look = 0; look < 3; look += 1) {
      pass(1_000);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(step()).rejects.toMatchObject({
        code: "CLUSTER_REFUSED",
        message: expect.stringContaining('values: Invalid value: "a-"'),
      });
    }
  });

  test("is put back in one configuration if the other cannot be written", async () => {
    const { cluster, step, refuse } = installation();
    await step();
    for (const kind of [VALIDATING, MUTATING] as const) cluster.edit(kind, first({ rules: [] }));
    refuse(VALIDATING, ["PATCH"], { code: 403, body: { message: "no" } });
    await expect(step()).rejects.toMatchObject({ code: "CLUSTER_FORBIDDEN" });
    expect(cluster.webhooks(MUTATING)[0]?.["rules"]).not.toEqual([]);
    expect(cluster.webhooks(VALIDATING)[0]?.["rules"]).toEqual([]);
  });

  test("before this leader came is put right, and nobody is blamed", async () => {
    const { cluster, step, corrections } = installation();
    cluster.edit(VALIDATING, first({ failurePolicy: "Ignore" }));
    await step();
    expect(corrections).toMatchObject([{ byOthers: false, manager: undefined }]);
  });
});

describe("what is not there, or not ours", () => {
  test("is never made, and told once", async () => {
    const { cluster, step, unkept } = installation();
    cluster.remove(VALIDATING);
    cluster.remove(MUTATING);
    for (let times = 0; times < 3; times += 1) await step(snapshotOf("pods", "services"), "TmV3");
    expect(cluster.writes).toEqual([]);
    expect(unkept).toEqual([`${VALIDATING}: missing`, `${MUTATING}: missing`]);
  });

  test("is not made again where it is deleted during a write", async () => {
    const { cluster, step } = installation();
    cluster.beforeWrite = () => cluster.remove(VALIDATING);
    expect(await step(snapshotOf("services"))).toBe(WRITE_INTERVAL);
    expect(cluster.writes.every(({ body }) => JSON.stringify(body).includes('"uid":"uid-'))).toBe(true);
    expect(
      (await cluster.send({ method: "GET", path: "/x/validatingwebhookconfigurations/portcullis" })).code,
    ).toBe(404);
  });

  test("the other one is kept meanwhile, and it is told again when it has come and gone", async () => {
    const { cluster, step, unkept, mutating, pass } = installation();
    cluster.remove(MUTATING);
    await step(snapshotOf("services"));
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({ rules: [{ resources: ["services"] }] });
    cluster.install(mutating);
    pass(WRITE_INTERVAL);
    await step(snapshotOf("services"));
    cluster.remove(MUTATING);
    await step(snapshotOf("services"));
    expect(unkept).toEqual([`${MUTATING}: missing`, `${MUTATING}: missing`]);
  });

  test("stays as it is where server-side apply does not know Portcullis", async () => {
    const { cluster, step, unkept } = installation();
    cluster.disown(VALIDATING);
    cluster.edit(VALIDATING, first({ failurePolicy: "Ignore" }));
    await step();
    expect([cluster.writes, unkept]).toEqual([[], [`${VALIDATING}: foreign`]]);
  });

  test("stays as it is where it leads to another Service", async () => {
    const { cluster, step, unkept } = installation({
      service: { ...SERVICE, name: "another" },
      caBundle: undefined,
    });
    await step(snapshotOf("services"));
    expect([cluster.writes, unkept]).toEqual([[], [`${VALIDATING}: elsewhere`, `${MUTATING}: elsewhere`]]);
  });
});

describe("what the policies want", () => {
  test("reaches the rules, and is nobody's fault", async () => {
    const { cluster, step, corrections } = installation();
    await step();
    await step(snapshotOf("pods", "services"));
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({ rules: [{ resources: ["pods", "services"] }] });
    expect(corrections.map(({ byOthers }) => byOthers)).toEqual([false, false]);
  });

  test("is asked of the server at which the installation found it, also at a URL", async () => {
    const { cluster, step } = installation({ url: "https://portcullis.example.com:8443", caBundle: "T2xk" });
    await step(snapshotOf("services"));
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({
      rules: [{ resources: ["services"] }],
      clientConfig: { url: "https://portcullis.example.com:8443/validate", caBundle: "T2xk" },
    });
  });

  test.each([
    ["no policy", sampleSnapshot()],
    ["a policy for nothing that webhooks can be asked about", snapshotOf()],
  ])("is written for something only: %s", async (_, snapshot) => {
    const { cluster, step } = installation();
    await expect(step(snapshot)).rejects.toMatchObject({ code: "WEBHOOKS_EMPTY" });
    expect(cluster.writes).toEqual([]);
  });
});

describe("an installation under Ignore", () => {
  test("stays one, whatever the policies want", async () => {
    const { cluster, step, validating } = installation();
    cluster.install(recorded(withoutFail(validating), SERVER));
    await step(snapshotOf("services"));
    const [entry] = cluster.webhooks(VALIDATING);
    expect(entry).toMatchObject({ failurePolicy: "Ignore", rules: [{ resources: ["services"] }] });
  });

  test("that is under way keeps its probe, and then has its own failure policies", async () => {
    const { cluster, step, validating, corrections } = installation();
    await step();
    cluster.install(recorded(withProbe(withoutFail(validating), SERVER), SERVER));
    await step();
    cluster.install(validating);
    await step();
    expect([cluster.writes, corrections]).toEqual([[], []]);
  });
});

describe("what was installed", () => {
  const ELSEWHERE: WebhookServer = { service: { ...SERVICE, port: 9443 }, caBundle: "T2xk" };
  test.each([
    ["over what was there", false],
    ["after it was deleted, between two looks", true],
  ])("anew for another port is the new truth at once: %s", async (_, isDeleted) => {
    const { cluster, step, corrections } = installation();
    await step();
    const { validating, mutating } = installedAt(ELSEWHERE);
    if (isDeleted) {
      cluster.install(validating);
      cluster.install(mutating);
    } else {
      cluster.reinstall(validating);
      cluster.reinstall(mutating);
    }
    await step();
    expect([cluster.writes, corrections]).toEqual([[], []]);
    cluster.edit(VALIDATING, atPort(1));
    await step();
    expect(portsOf(cluster.webhooks(VALIDATING))).toEqual([9443, 9443]);
  });

  test("counts for a leader who comes when all entries lead to another port", async () => {
    const { cluster, step } = installation();
    cluster.edit(VALIDATING, atPort(1));
    cluster.edit(MUTATING, atPort(1));
    await step();
    expect(portsOf([...cluster.webhooks(VALIDATING), ...cluster.webhooks(MUTATING)])).toEqual([
      443, 443, 443,
    ]);
  });

  test.each([
    ["for who has seen it right", true],
    ["for a new leader", false],
  ])("is no annotation that somebody adds: a foreign Ignore is put back, %s", async (_, isSeen) => {
    const { cluster, step, corrections } = installation();
    if (isSeen) await step();
    cluster.annotate(VALIDATING, IGNORE_ANNOTATION.name, IGNORE_ANNOTATION.value);
    await step();
    expect(cluster.annotations(VALIDATING)).not.toHaveProperty([IGNORE_ANNOTATION.name]);
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({ failurePolicy: "Fail" });
    expect(corrections).toMatchObject([
      {
        difference: { entry: undefined, field: `metadata.annotations.${IGNORE_ANNOTATION.name}` },
        byOthers: true,
        manager: "somebody",
        isUnderIgnore: false,
      },
    ]);
  });

  test.each([
    ["another record", JSON.stringify({ service: { ...SERVICE, port: 1 }, failurePolicy: "Ignore" })],
    ["something unreadable", "{"],
    ["the same record, as their own", undefined],
  ])("is put back where somebody writes %s", async (_, value) => {
    const { cluster, step, corrections, elect, unkept } = installation();
    await step();
    const before = cluster.annotations(VALIDATING);
    cluster.annotate(VALIDATING, RECORD_ANNOTATION, value ?? stringMember(before, RECORD_ANNOTATION));
    await step();
    expect(cluster.annotations(VALIDATING)).toEqual(before);
    expect(corrections).toMatchObject([{ byOthers: true, manager: "somebody" }]);
    elect();
    await step();
    expect([unkept, corrections.length]).toEqual([[], 1]);
  });

  test("is kept under Ignore when somebody takes the annotations away, and told", async () => {
    const { cluster, step, validating, corrections } = installation();
    cluster.install(recorded(withoutFail(validating), SERVER));
    await step();
    for (const name of [IGNORE_ANNOTATION.name, RECORD_ANNOTATION]) {
      cluster.annotate(VALIDATING, name, undefined);
    }
    await step();
    expect(cluster.annotations(VALIDATING)).toHaveProperty([IGNORE_ANNOTATION.name], "Ignore");
    expect(cluster.webhooks(VALIDATING)[0]).toMatchObject({ failurePolicy: "Ignore" });
    expect(corrections).toMatchObject([{ isUnderIgnore: true, byOthers: true }]);
  });

  test("is not guessed by a leader who finds no record of Portcullis", async () => {
    const { cluster, step, unkept } = installation();
    cluster.annotate(VALIDATING, RECORD_ANNOTATION, JSON.stringify({ service: { ...SERVICE, port: 1 } }));
    cluster.annotate(MUTATING, RECORD_ANNOTATION, undefined);
    await step(snapshotOf("services"));
    expect([cluster.writes, unkept]).toEqual([[], [`${VALIDATING}: unrecorded`, `${MUTATING}: unrecorded`]]);
  });

  test.each([
    ["that was seen", true],
    ["between two looks", false],
  ])("is forgotten with what was deleted, %s", async (_, isSeen) => {
    const { cluster, step, validating, unkept } = installation();
    await step();
    cluster.remove(VALIDATING);
    if (isSeen) await step();
    cluster.install({ ...validating, metadata: { ...validating.metadata, annotations: {} } });
    await step(snapshotOf("services"));
    expect(unkept).toEqual([...(isSeen ? [`${VALIDATING}: missing`] : []), `${VALIDATING}: unrecorded`]);
  });
});

describe("caBundle", () => {
  test("of managed certificates is written into every entry", async () => {
    const { cluster, step, corrections } = installation();
    await step(PODS, "TmV3");
    expect(
      new Set([...bundlesOf(cluster.webhooks(VALIDATING)), ...bundlesOf(cluster.webhooks(MUTATING))]),
    ).toEqual(new Set(["TmV3"]));
    expect(corrections).toMatchObject([
      { difference: { field: "clientConfig.caBundle" }, byOthers: false },
      { difference: { field: "clientConfig.caBundle" }, byOthers: false },
    ]);
  });

  test("stays as something else writes it, where certificates are not managed", async () => {
    const { cluster, step, corrections } = installation();
    await step();
    cluster.edit(VALIDATING, (webhooks) =>
      webhooks.map((entry) => ({
        ...entry,
        clientConfig: { ...objectMember(entry, "clientConfig"), caBundle: "SW5q" },
      })),
    );
    await step();
    expect([cluster.writes, corrections]).toEqual([[], []]);
    await step(snapshotOf("services"));
    expect(new Set(bundlesOf(cluster.webhooks(VALIDATING)))).toEqual(new Set(["SW5q"]));
  });

  test("of an entry that comes back is that of the others", async () => {
    const { cluster, step } = installation();
    await step();
    cluster.edit(VALIDATING, (webhooks) => webhooks.slice(1));
    await step();
    expect(entriesOf(cluster.webhooks(VALIDATING)).length).toBe(2);
    expect(new Set(bundlesOf(cluster.webhooks(VALIDATING)))).toEqual(new Set(["T2xk"]));
  });

  test("is told of every entry that is asked for Portcullis, and of none else", async () => {
    const { cluster, read } = installation();
    cluster.edit(MUTATING, first({ clientConfig: { service: SERVICE } }));
    cluster.disown(VALIDATING);
    cluster.edit(VALIDATING, (webhooks) => [
      ...webhooks,
      { name: "theirs", clientConfig: { url: "https://their.example/", caBundle: "VGhlaXJz" } },
    ]);
    expect(caBundlesOf(await read(), SERVICE)).toEqual(["T2xk", "T2xk", ""]);
  });
});
