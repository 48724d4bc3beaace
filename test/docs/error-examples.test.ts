/** The examples of docs/errors.md are what a person really sees, as far as it can be brought about in seconds. */
import { once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import path from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { answer } from "../../src/admission/answer.ts";
import { readPem } from "../../src/certificates/authority.ts";
import { createAuthority } from "../../src/certificates/certificate.ts";
import { certificateSecret } from "../../src/certificates/certificate-keeper.ts";
import { untrusted } from "../../src/cli/serve/leading/untrusted.ts";
import { faultError } from "../../src/certificates/fault.ts";
import { explainError } from "../../src/cli/explain-error.ts";
import { FIXTURE_READER } from "../../src/cli/test/fixture-reader.ts";
import { PortcullisError, type ErrorCode } from "../../src/error.ts";
import { findFixtures } from "../../src/policy-test/fixtures/index.ts";
import { checkClients } from "../../src/server/client-check.ts";
import { noBundle } from "../../src/server/not-ready.ts";
import { statusOf } from "../../src/server/status.ts";
import { webhooks } from "../../src/server/webhooks.ts";
import type { Review } from "../../src/workers/review-call.ts";
import { decided } from "../review-results.ts";
import { policyFolder, temporaryFolder, writeFiles } from "../policy-folder.ts";
import { CALL, fixedEngine, samplePolicy, sampleSnapshot } from "../samples.ts";
import { portcullis, type Ended } from "./command.ts";
import { codes, entryOf } from "./error-entries.ts";
import { MANIFESTS, POLICIES } from "./error-causes.ts";

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFiles(folder, { ...MANIFESTS, ...POLICIES, "all.yaml": "#".repeat(64 * 2 ** 20 + 1) });
  await portcullis(folder, ["build", "--policies", "good", "--out", "bundle.tar.gz"]);
});

/** The example of an entry: the text in its fence. */
function exampleOf(code: ErrorCode): string {
  return /^```\n(.*?)^```$/ms.exec(entryOf(code))?.[1] ?? "no example";
}

/** What of an example was not printed; an example may be cut by `…`. */
function notPrinted(code: ErrorCode, printed: string): readonly string[] {
  const parts = exampleOf(code).split(/ ?… ?|\n/);
  return parts.filter((part) => !printed.includes(part));
}

describe("of input that eval cannot read", () => {
  const names: Readonly<Partial<Record<ErrorCode, string>>> = {
    FILE_UNREADABLE: "missing.yaml",
    FOLDER_EMPTY: "deploy",
    MANIFEST_TOO_LARGE: "all.yaml",
    MANIFEST_INVALID: "app.yaml",
    MANIFEST_NOT_OBJECT: "pods.yaml",
    MANIFEST_WITHOUT_KIND: "values.yaml",
    MANIFEST_TEMPLATE: "deployment.yaml",
    MANIFEST_ALIAS_BOMB: "bomb.yaml",
    MANIFEST_TOO_DEEP: "deep.json",
  };
  let ended: Ended;

  beforeAll(async () => {
    ended = await portcullis(folder, ["eval", "--policies", "bundle.tar.gz", ...Object.values(names)]);
  });

  test.each(codes(names))("%s is what the report says", (code) => {
    expect(notPrinted(code, ended.stdout)).toEqual([]);
  });

  test("it ends with 2", () => {
    expect(ended.exitCode).toBe(2);
  });
});

const EVAL = ["eval", "--policies", "../bundle.tar.gz", "../good.yaml", "--bindings", "b.yaml"];

const APPLY = ["webhooks", "--policies", "failing", "--apply", "--kubeconfig"];

test.each<readonly [ErrorCode, number, string, readonly string[]]>([
  ["BUNDLE_UNREADABLE", 2, ".", ["eval", "--policies", "good.yaml", "good.yaml"]],
  ["POLICIES_MISSING", 2, ".", ["eval", "--policies", "nope", "good.yaml"]],
  ["BINDING_INVALID", 2, "invalid", EVAL],
  ["BINDING_UNKNOWN_POLICY", 2, "unknown", EVAL],
  ["BINDING_DUPLICATE", 2, "twice", EVAL],
  ["CONTRACT_UNCLEAR", 2, "unclear", ["build"]],
  ["DATA_INVALID", 2, "data", ["build"]],
  ["EVALUATION_FAILED", 3, ".", ["eval", "--policies", "failing", "good.yaml"]],
  ["EVALUATION_LIMIT", 3, ".", ["eval", "--policies", "failing", "good.yaml"]],
  ["RESULT_SHAPE", 3, ".", ["eval", "--policies", "failing", "good.yaml"]],
  ["PATCH_INVALID", 3, ".", ["eval", "--policies", "failing", "good.yaml"]],
  ["PATCH_CONFLICT", 3, ".", ["eval", "--policies", "failing", "good.yaml"]],
  ["TESTS_MISSING", 2, ".", ["test", "good"]],
  ["WEBHOOKS_EMPTY", 2, ".", ["webhooks", "--policies", "placeless"]],
  ["KUBECONFIG_INVALID", 2, ".", [...APPLY, "nope"]],
  ["CLUSTER_UNREACHABLE", 2, ".", [...APPLY, "kubeconfig"]],
])("%s is what a command says, which ends with %i", async (code, expected, place, args) => {
  const { stdout, stderr, exitCode } = await portcullis(path.join(folder, place), args);
  expect(notPrinted(code, stdout + stderr)).toEqual([]);
  expect(exitCode).toBe(expected);
});

test("CERTIFICATE_DAMAGED is what the leader logs", () => {
  const { message } = faultError("portcullis-system/portcullis-tls", "leaf-unusable");
  expect(notPrinted("CERTIFICATE_DAMAGED", message)).toEqual([]);
});

test("AUTHORITY_UNTRUSTED is what the leader logs", async () => {
  const { cert } = await createAuthority("next", 730, new Date());
  const [authority] = readPem(cert).authorities;
  if (authority === undefined) throw new Error("no authority");
  const service = { namespace: "portcullis-system", name: "portcullis", port: 443 };
  const { namespace, name } = service;
  const id = { kind: "MutatingWebhookConfiguration", name: "portcullis" } as const;
  const others = { annotations: {}, managedFields: [], uid: "", resourceVersion: "", body: {} };
  const installed = [{ id, webhooks: [{ clientConfig: { service: { namespace, name } } }], ...others }];
  const { message } = untrusted(authority, { secret: certificateSecret(service), installed, service });
  expect(notPrinted("AUTHORITY_UNTRUSTED", message)).toEqual([]);
});

test("FIXTURE_INVALID is what fixtures that belong to no policy give", async () => {
  const root = await policyFolder({ "images/registeries/bad/pod.yaml": MANIFESTS["good.yaml"] ?? "" });
  const [fixture] = await findFixtures(root, [samplePolicy("images/registries")], FIXTURE_READER);
  const told = fixture?.kind === "invalid" ? explainError(fixture.error) : "";
  expect(notPrinted("FIXTURE_INVALID", told.replaceAll(root, "policies"))).toEqual([]);
});

test("CLIENT_FORBIDDEN is what a client is answered that may not ask", () => {
  const { refusal } = checkClients(createServer(), { names: ["kube-apiserver"], now: Date.now }, 1);
  const error = refusal(new IncomingMessage(new Socket()));
  expect(exampleOf("CLIENT_FORBIDDEN").replaceAll(/\s+/g, "")).toBe(
    JSON.stringify(error && statusOf(error)).replaceAll(/\s+/g, ""),
  );
});

test("USAGE is what a command says to an impossible port", async () => {
  const { stderr, exitCode } = await portcullis(folder, ["eval", "good.yaml"], { PORT: "99999" });
  expect(notPrinted("USAGE", stderr)).toEqual([]);
  expect(exitCode).toBe(2);
});

test("what a build refuses is told as the page shows it, all at once", async () => {
  const { stderr, exitCode } = await portcullis(path.join(folder, "refused"), ["build"]);
  const refused = [
    "REGO_INVALID",
    "METADATA_INVALID",
    "EVERY_VARIABLE",
    "RULE_SHAPE",
    "RULE_IGNORED",
    "RULES_MISSING",
    "BUILTIN_MISSING",
    "POLICY_DUPLICATE",
    "POLICY_NAME",
  ] as const;
  expect(refused.flatMap((code) => notPrinted(code, stderr))).toEqual([]);
  expect(exitCode).toBe(2);
});

// As the pool of workers says it.
const OVERLOADED = new PortcullisError("OVERLOADED", {
  message: "Portcullis has 256 requests waiting, which is all that it takes.",
  remedy: "Try again in a second; raise --workers or the CPU limit if it happens often.",
});
const REVIEW_TIMEOUT = new PortcullisError("REVIEW_TIMEOUT", {
  message: "The answer would have come after the 9500 ms that the API server waits.",
  remedy: "Look in the log for policies that ran out of time, or raise timeoutSeconds of the webhook.",
});

function rejecting(error: PortcullisError): Review {
  return () => Promise.resolve({ kind: "rejected", error });
}

describe("the server's Status", () => {
  const surroundings = { snapshot: sampleSnapshot(), engine: fixedEngine({}) };
  const deciding: Review = ({ webhook, body }) => {
    const given = answer(body, webhook, surroundings, CALL);
    return Promise.resolve(given.kind === "decided" ? decided(given.body) : given);
  };
  const json = { "content-type": "application/json" };
  const deep = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1",
    "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
    "operation":"CREATE","object":{"a":${"[".repeat(10_001)}${"]".repeat(10_001)}}}}`;

  test.each<readonly [ErrorCode, string, RequestInit, Review]>([
    ["REVIEW_INVALID", "/validate", { method: "POST", headers: json, body: "x" }, deciding],
    ["REVIEW_TOO_DEEP", "/validate", { method: "POST", headers: json, body: deep }, deciding],
    [
      "REVIEW_TOO_LARGE",
      "/validate",
      { method: "POST", headers: json, body: " ".repeat(7_340_033) },
      deciding,
    ],
    [
      "REVIEW_MEDIA_TYPE",
      "/validate",
      { method: "POST", headers: { "content-type": "text/plain" }, body: "x" },
      deciding,
    ],
    ["ROUTE_UNKNOWN", "/healthz", {}, deciding],
    ["METHOD_NOT_ALLOWED", "/validate", {}, deciding],
    ["NOT_READY", "/validate", { method: "POST", headers: json, body: "{}" }, rejecting(noBundle())],
    ["OVERLOADED", "/validate", { method: "POST", headers: json, body: "{}" }, rejecting(OVERLOADED)],
    ["REVIEW_TIMEOUT", "/validate", { method: "POST", headers: json, body: "{}" }, rejecting(REVIEW_TIMEOUT)],
    [
      "INTERNAL",
      "/validate",
      { method: "POST", headers: json, body: "{}" },
      () => Promise.reject(new Error("a fault")),
    ],
  ])("for %s is as the page shows it", async (code, urlPath, init, review) => {
    const app = webhooks({ review, record: () => undefined, rejected: () => undefined });
    const server = createServer(app).listen(0);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const sent = await fetch(`http://localhost:${port}${urlPath}`, init);
    expect(exampleOf(code).replaceAll(/\s+/g, "")).toBe((await sent.text()).replaceAll(/\s+/g, ""));
    server.closeAllConnections();
    server.close();
  });
});
