import { expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { PretendedConfigurations } from "../../../../test/pretended-configurations.ts";
import { pretendedSecrets } from "../../../../test/pretended-secrets.ts";
import { samplePolicy, sampleSnapshot } from "../../../../test/samples.ts";
import { createAuthority } from "../../../certificates/certificate.ts";
import { ApiClock } from "../../../cluster/api/clock.ts";
import type { SendRequest } from "../../../cluster/api/request.ts";
import { recorded } from "../../../cluster/install/record.ts";
import type { Deciding } from "../../../cluster/leader/keep-webhooks.ts";
import { webhookConfigurations } from "../../../cluster/webhooks/webhooks.ts";
import { objectMember } from "../../../policy/json.ts";
import { Bell } from "./bell.ts";
import { LeaderFailures } from "./failures.ts";
import type { LeadingTelemetry } from "./telemetry.ts";
import { leadFor, restAfter } from "./term.ts";

const SERVICE = { namespace: "portcullis-system", name: "portcullis", port: 8443 };
const VALIDATING = "ValidatingWebhookConfiguration";
const SNAPSHOT = sampleSnapshot({ policies: [samplePolicy("a/b")] });
const DECIDING: Deciding = { snapshot: SNAPSHOT, file: "bundle.tar.gz" };

/** A leader's term beside an API server, for the Secret and the configurations. */
function term({ isReady = true, isForbidden = false } = {}) {
  const configurations = new PretendedConfigurations();
  const secrets = pretendedSecrets(() => new Date());
  const requests: string[] = [];
  const send: SendRequest = async (request) => {
    const isSecret = request.path.includes("/secrets");
    requests.push(`${request.method} ${isSecret ? "secret" : "configuration"}`);
    if (isSecret) return secrets.send(request);
    return isForbidden ? { code: 403, body: { message: "forbidden" } } : configurations.send(request);
  };
  const told: string[] = [];
  const telemetry: LeadingTelemetry = {
    leads: (isLeader) => told.push(isLeader ? "leads" : "does not lead"),
    installed: (_, there) => told.push(`installed: ${there.join(", ")}`),
    corrected: ({ difference: { field } }) => told.push(`corrected ${field ?? ""}`),
    kept: ({ kind }, why) => told.push(`${kind} ${why ?? "kept"}`),
    underIgnore: () => undefined,
    remark: () => undefined,
    trusted: () => told.push("trusted"),
    stepped: (step) => told.push(step),
    damaged: (fault) => told.push(fault),
    failed: (task, { code }) => told.push(`${task} failed: ${code}`),
    recovered: (task) => told.push(`${task} works again`),
    skewed: () => undefined,
  };
  const end = new AbortController();
  const failures = new LeaderFailures(telemetry, () => performance.now());
  const bell = new Bell();
  const options = { manageCertificates: true, keepWebhooks: true, service: SERVICE };
  const clock = new ApiClock({ date: () => new Date(), monotonic: () => performance.now() });
  let passed = 0;
  let deciding = isReady ? DECIDING : undefined;
  const begin = (): Promise<void> =>
    leadFor(end.signal, {
      options,
      api: { send, clock },
      telemetry,
      failures,
      bell,
      deciding: () => deciding,
      now: () => performance.now() + passed,
    });
  const look = async (): Promise<void> => {
    const count = told.filter((line) => line === "trusted").length;
    bell.ring();
    await until(() => told.filter((line) => line === "trusted").length > count);
  };
  return {
    begin,
    look,
    configurations,
    secrets,
    requests,
    told,
    failures,
    bell,
    end: () => end.abort(),
    pass: (milliseconds: number) => void (passed += milliseconds),
    getReady: () => (deciding = DECIDING),
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

function bundlesOf(configurations: PretendedConfigurations): readonly unknown[] {
  return configurations
    .webhooks(VALIDATING)
    .map((entry) => objectMember(entry, "clientConfig")?.["caBundle"]);
}

test.each([
  ["nothing has failed", 0, 10_000, 9_000],
  ["something has failed once", 1, 10_000, 0],
  ["something fails for long, and the rest is well", 20, 10_000, 9_000],
  ["everything fails for long", 20, 30_000, 29_000],
  ["there is more to do at once", 0, 400, 0],
])("where %s, the next look is not too late", (_, failed, within, rest) => {
  expect(restAfter(failed, within)).toBe(rest);
});

test("certificates are kept from the start, and webhooks when there is something that decides", async () => {
  const { begin, configurations, secrets, told, bell, getReady, end } = term({ isReady: false });
  const server = { service: SERVICE, caBundle: undefined };
  configurations.install(recorded(webhookConfigurations(SNAPSHOT, server).validating, server));
  const ended = begin();
  await until(() => told.includes("trusted"));
  expect(secrets.secret()?.data["tls.crt"]).toContain("BEGIN CERTIFICATE");
  expect(bundlesOf(configurations)).toEqual([undefined, undefined]);
  getReady();
  bell.ring();
  await until(() => told.some((line) => line.startsWith("corrected")));
  const authority = Buffer.from(secrets.secret()?.data["ca.crt"] ?? "").toString("base64");
  expect(bundlesOf(configurations)).toEqual([authority, authority]);
  end();
  await ended;
  expect(told.at(0)).toBe("leads");
  expect(told.at(-1)).toBe("does not lead");
});

const INSTALLED_FOR = { service: SERVICE, caBundle: undefined };

test("a term in which nothing decides for a minute is given up, and tells it", async () => {
  const { begin, configurations, told, failures, bell, pass, end } = term({ isReady: false });
  const ended = begin();
  await until(() => told.includes("trusted"));
  // With nothing installed there is nothing that another replica could keep.
  pass(60_000);
  bell.ring();
  await until(() => told.filter((line) => line === "trusted").length === 2);
  const elsewhere = { ...INSTALLED_FOR, service: { ...SERVICE, name: "other" } };
  configurations.install(recorded(webhookConfigurations(SNAPSHOT, elsewhere).validating, elsewhere));
  bell.ring();
  await until(() => told.filter((line) => line === "trusted").length === 3);
  expect(told.filter((line) => line.includes("failed"))).toEqual([]);
  const { validating } = webhookConfigurations(SNAPSHOT, INSTALLED_FOR);
  configurations.install(recorded(validating, INSTALLED_FOR));
  bell.ring();
  await ended;
  expect(told.slice(-2)).toEqual(["webhooks failed: NOT_READY", "does not lead"]);
  expect(failures.summary()).toBeUndefined();
  end();
});

test("a caBundle that nobody keeps holds up a new authority, and that is told after ten minutes", async () => {
  const { begin, look, configurations, secrets, told, failures, pass, end } = term();
  const { validating, mutating } = webhookConfigurations(SNAPSHOT, INSTALLED_FOR);
  configurations.install(recorded(validating, INSTALLED_FOR));
  configurations.install({ ...mutating, webhooks: validating.webhooks });
  configurations.disown("MutatingWebhookConfiguration");
  const ended = begin();
  await until(() => told.includes("trusted"));
  secrets.put({
    data: secrets.secret()?.data ?? {},
    annotations: { "policy.portcullis.dev/rotate": "ca" },
  });
  await look();
  expect(told).toContain("add-next-authority");
  pass(590_000);
  await look();
  expect(told).not.toContain("certificates failed: AUTHORITY_UNTRUSTED");
  pass(11_000);
  await look();
  await until(() => told.includes("certificates failed: AUTHORITY_UNTRUSTED"));
  expect(failures.summary()).toContain(
    "A caBundle of the MutatingWebhookConfiguration portcullis has lacked an authority in ca.crt of the Secret portcullis-system/portcullis-tls",
  );
  // Who is kept trusts it meanwhile.
  const authorities = Buffer.from(secrets.secret()?.data["ca.crt"] ?? "").toString("base64");
  expect(bundlesOf(configurations)).toEqual([authorities, authorities]);
  // It still waits for half a minute, and lacks nothing any more.
  configurations.edit("MutatingWebhookConfiguration", (webhooks) =>
    webhooks.map((entry) => ({
      ...entry,
      clientConfig: { ...objectMember(entry, "clientConfig"), caBundle: authorities },
    })),
  );
  await look();
  await until(() => told.includes("certificates works again"));
  expect(told.filter((line) => line.startsWith("certificates failed"))).toHaveLength(1);
  expect(told).not.toContain("promote");
  end();
  await ended;
});

test("a leaf that was lost comes back when what is kept has trusted its authority, whatever else is installed", async () => {
  const { begin, look, configurations, secrets, told, pass, end } = term({ isReady: false });
  const ended = begin();
  await until(() => told.includes("trusted"));
  const { data = {} } = secrets.secret() ?? {};
  const ours = Buffer.from(data["ca.crt"] ?? "").toString("base64");
  const theirs = Buffer.from((await createAuthority("theirs", 9, new Date())).cert).toString("base64");
  const install = (kept: string, unkept: string): void => {
    const { validating } = webhookConfigurations(SNAPSHOT, { service: SERVICE, caBundle: kept });
    configurations.install(recorded(validating, INSTALLED_FOR));
    const { mutating, ...others } = webhookConfigurations(SNAPSHOT, { service: SERVICE, caBundle: unkept });
    configurations.install({ ...mutating, webhooks: others.validating.webhooks });
    configurations.disown("MutatingWebhookConfiguration");
  };
  secrets.put({ data: { ...data, "tls.crt": "", "tls.key": "" }, annotations: {} });
  install(theirs, ours);
  await look();
  pass(30_000);
  await look();
  expect(told).not.toContain("reissue-leaf");
  install(ours, theirs);
  await look();
  pass(10_000);
  await look();
  expect(told).not.toContain("reissue-leaf");
  pass(20_000);
  await look();
  expect(told).toContain("reissue-leaf");
  end();
  await ended;
});

test("no certificate is made where it cannot be known what callers trust", async () => {
  const { begin, secrets, told, failures, requests, end } = term({ isForbidden: true });
  const ended = begin();
  await until(() => told.includes("webhooks failed: CLUSTER_FORBIDDEN"));
  expect(requests.filter((request) => request.endsWith("secret"))).toEqual([]);
  expect(secrets.secret()).toBeUndefined();
  expect(failures.summary()).toContain("webhooks: The API server did not show");
  end();
  await ended;
  // Who does not lead any more fails at nothing, and that is no success.
  expect(failures.summary()).toBeUndefined();
  expect(told).not.toContain("webhooks works again");
});

test("a term that is over asks nothing more", async () => {
  const { begin, requests, told, end } = term();
  end();
  await begin();
  expect([requests, told]).toEqual([[], ["leads", "does not lead"]]);
});
