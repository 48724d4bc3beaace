// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** `portcullis doctor` beside a real API server: one thing after another is broken, and that is what it finds. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { run, type Ended } from "../../src/build/opa/run.ts";
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { installPortcullis, type InstalledPortcullis } from "../cluster/install.ts";
import { prepare, startServer, type Installation } from "../cluster/installation.ts";
import { folderOf, PROGRAM } from "../cluster/replica.ts";
import { prepareReplicas } from "../cluster/replicas.ts";
import { eventuallyExpected } from "../life/life.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { fileOf, person, policyBinding } from "./cluster.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("portcullis doctor", {
  users: { stranger: [] },
});
const admin = person(controlPlane, "admin");

const APPLY = "apply --server-side --force-conflicts --filename=-";
const VALIDATING = "validatingwebhookconfiguration portcullis";
const DEFINITION = "customresourcedefinition policybindings.policy.portcullis.dev";
const NEW_FIELD = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/more";
const HOST = "portcullis.portcullis-system.svc";
/** Milliseconds after which a Lease that was given back should be somebody's, and a second since dates have no parts of one. */
const HANDOVER = 26_000;

const Report = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      findings: z.array(
        z.object({
          id: z.string(),
          level: z.string(),
          message: z.string(),
          items: z.array(z.string()).optional(),
          fix: z.string(),
          follows: z.string().optional(),
        }),
      ),
    }),
  ),
});
type Report = z.infer<typeof Report>;

const Configuration = z.object({ webhooks: z.array(z.looseObject({})) });

let portcullis: InstalledPortcullis;
let sources: readonly string[];
/** Of the Service. */
let port: number;

function doctor(...args: readonly string[]): Promise<Ended> {
  const service = `--service=portcullis-system/portcullis:${port}`;
  const command = [
    ...PROGRAM,
    "doctor",
    service,
    ...sources,
    `--kubeconfig=${controlPlane().kubeconfig()}`,
    ...args,
  ];
  return run(process.execPath, command, { environment: { ...process.env, NO_COLOR: "1" } });
}

async function examined(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly report: Report }> {
  const { code, stdout, stderr } = await doctor("--output=json", ...args);
  if (stdout === "") throw new Error(stderr);
  return { code, report: Report.parse(JSON.parse(stdout)) };
}

function idsOf({ checks }: Report): readonly string[] {
  return checks.flatMap(({ findings }) => findings.map(({ id }) => id));
}

const tlsSecret = ({ cert, key }: KeyPair, authority: string): object => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: { name: "portcullis-tls", namespace: "portcullis-system" },
  stringData: { "tls.crt": cert, "tls.key": key, "ca.crt": authority },
});

/** Renewed just now: who has not done so for half a minute does not lead. */
const lease = (holder: object): object => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "portcullis", namespace: "portcullis-system" },
  spec: { ...holder, leaseDurationSeconds: 15, renewTime: new Date().toISOString().replace("Z", "000Z") },
});

const daysAgo = (days: number): Date => new Date(Date.now() - days * 24 * 60 * 60 * 1_000);

async function developmentFile(name: string): Promise<string> {
  return readFile(path.join(folderOf(controlPlane()), name), "utf8");
}

async function servedPair(): Promise<object> {
  const [cert, key, ca] = await Promise.all(["tls.crt", "tls.key", "ca.crt"].map(developmentFile));
  return tlsSecret({ cert: cert ?? "", key: key ?? "" }, ca ?? "");
}

async function patch(what: string, ...operations: readonly object[]): Promise<void> {
  const args = ["patch", ...what.split(" "), "--type=json", `--patch=${JSON.stringify(operations)}`];
  const { code, stderr } = await controlPlane().kubectl(args);
  if (code !== 0) throw new Error(stderr);
}

/** Of the project, wherever kubectl runs. */
function applyFiles(flag: "--filename" | "--kustomize", folder: string): Promise<string> {
  return admin.succeed(`apply --server-side --force-conflicts ${flag}=${path.resolve(folder)}`);
}

function patchWebhooks(...operations: readonly object[]): Promise<void> {
  return patch(VALIDATING, ...operations);
}

const first = (op: string, field: string, value?: unknown): object => ({
  op,
  path: `/webhooks/0/${field}`,
  ...(value === undefined ? {} : { value }),
});

/** What is done to the cluster, what is found then and nothing else, and what undoes it. */
interface Broken {
  readonly name: string;
  readonly breaks: () => Promise<unknown>;
  readonly found: readonly string[];
  /** One more that may be found. */
  readonly perhaps?: string;
  readonly code?: number;
  readonly says?: RegExp;
  /** Default: puts the validating webhooks back as they were when the tests began. */
  readonly mends?: () => Promise<unknown>;
}

let mendWebhooks: () => Promise<unknown>;

const WEBHOOKS: readonly Broken[] = [
  {
    name: "another failurePolicy",
    breaks: () => patchWebhooks(first("replace", "failurePolicy", "Ignore")),
    found: ["failure-policy-differs"],
    says: /failurePolicy of the entry validate-fail\.portcullis\.dev is Ignore, not Fail/,
  },
  {
    name: "a rule that is gone",
    breaks: () => patchWebhooks(first("remove", "rules/0")),
    found: ["webhook-rules-differ"],
    says: /is not asked about .*pods/,
  },
  {
    name: "a condition that others have added",
    breaks: () => patchWebhooks(first("add", "matchConditions/-", { name: "mine", expression: "false" })),
    found: ["webhook-scope-differs"],
  },
  {
    name: "an object selector",
    breaks: () => patchWebhooks(first("replace", "objectSelector", { matchLabels: { guarded: "yes" } })),
    found: ["webhook-scope-differs"],
  },
  {
    name: "another timeout",
    breaks: () => patchWebhooks(first("replace", "timeoutSeconds", 10)),
    found: ["webhook-field-differs"],
    code: 0,
  },
  {
    name: "an entry that is gone",
    breaks: () => patchWebhooks({ op: "remove", path: "/webhooks/0" }),
    found: ["webhook-entry-missing"],
  },
  {
    name: "an authority that did not sign the certificate",
    breaks: async () => {
      const { cert } = await createAuthority("another", 30, daysAgo(0));
      const names = (await admin.stored(VALIDATING, "{.webhooks[*].name}")).split(" ");
      const caBundle = Buffer.from(cert).toString("base64");
      await patchWebhooks(
        ...names.map((_, index) => ({
          op: "replace",
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value: caBundle,
        })),
      );
    },
    found: ["ca-bundle-mismatch", "certificate-refused"],
    says: /unknown authority/,
  },
];

const OTHERS: readonly Broken[] = [
  {
    name: "no CustomResourceDefinition",
    breaks: () => admin.succeed(`delete ${DEFINITION}`),
    found: ["crd-missing", "not-checked"],
    mends: async () => {
      await applyFiles("--filename", "manifests/base/crds");
      await admin.succeed(
        "wait --for=condition=Established customresourcedefinition/policybindings.policy.portcullis.dev",
      );
    },
  },
  {
    name: "a CustomResourceDefinition of another version",
    breaks: () => patch(DEFINITION, { op: "add", path: NEW_FIELD, value: { type: "string" } }),
    found: ["crd-differs"],
    mends: () => patch(DEFINITION, { op: "remove", path: NEW_FIELD }),
  },
  {
    name: "a role that is gone",
    breaks: () => admin.succeed("delete role portcullis --namespace=portcullis-system"),
    found: ["permission-missing"],
    says: /that the manifests grant.*"get services\/portcullis in portcullis-system"/,
    mends: () => applyFiles("--kustomize", "manifests/overlays/local"),
  },
  {
    name: "a certificate that has expired",
    breaks: async () => {
      const ca = { cert: await developmentFile("ca.crt"), key: await developmentFile("ca.key") };
      const names = { dns: [HOST], ip: [] } as const;
      await admin.succeed(APPLY, tlsSecret(await createServerCertificate(names, 1, ca, daysAgo(3)), ca.cert));
    },
    found: ["certificate-expired"],
    mends: async () => admin.succeed(APPLY, await servedPair()),
  },
  {
    name: "half a key pair",
    breaks: () =>
      patch("secret portcullis-tls --namespace=portcullis-system", {
        op: "replace",
        path: "/data/tls.key",
        value: "",
      }),
    found: ["secret-incomplete"],
    mends: async () => admin.succeed(APPLY, await servedPair()),
  },
  {
    name: "a binding that cannot be loaded",
    breaks: () => admin.succeed(APPLY, policyBinding("lost", { policies: ["shop/no-such-policy"] })),
    found: ["binding-invalid", "not-checked"],
    says: /policybinding\/lost of the cluster/,
    mends: () => admin.succeed("delete policybinding lost"),
  },
  {
    name: "another's webhook in the way of new Pods",
    breaks: () =>
      admin.succeed(APPLY, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "other" },
        webhooks: [
          {
            name: "pods.example.com",
            clientConfig: { url: "https://localhost:1/" },
            rules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["pods"] }],
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      }),
    found: ["foreign-webhook-blocks"],
    code: 0,
    says: /asked about new Pods in portcullis-system/,
    mends: () => admin.succeed("delete validatingwebhookconfiguration other"),
  },
  {
    name: "a probe that was left behind",
    breaks: () =>
      admin.succeed(APPLY, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "portcullis-self-probe" },
      }),
    found: ["probe-left-behind"],
    code: 0,
    mends: () => admin.succeed("delete validatingwebhookconfiguration portcullis-self-probe"),
  },
  {
    name: "a namespace that is exempt",
    breaks: () => admin.succeed("label namespace default policy.portcullis.dev/exempt="),
    found: ["namespaces-exempt"],
    code: 0,
    mends: () => admin.succeed("label namespace default policy.portcullis.dev/exempt-"),
  },
  {
    name: "a Lease that nobody holds",
    breaks: async () => {
      await admin.succeed(APPLY, lease({}));
      await delay(HANDOVER);
    },
    found: ["nobody-leads"],
    mends: () => admin.succeed("delete lease portcullis --namespace=portcullis-system"),
  },
  {
    name: "a copy of the webhooks under another name",
    breaks: async () => {
      const webhooks: unknown = JSON.parse(await admin.stored(VALIDATING, "{.webhooks}"));
      const metadata = { name: "prod-portcullis" };
      const apiVersion = "admissionregistration.k8s.io/v1";
      await admin.succeed(APPLY, { apiVersion, kind: "ValidatingWebhookConfiguration", metadata, webhooks });
    },
    found: ["second-installation"],
    code: 0,
    mends: () => admin.succeed("delete validatingwebhookconfiguration prod-portcullis"),
  },
  {
    name: "a tool that applies the webhooks, too",
    breaks: async () => {
      const { webhooks } = Configuration.parse(
        JSON.parse(await admin.succeed(`get ${VALIDATING} --output=json`)),
      );
      const changed = webhooks.map((entry) => ({ ...entry, timeoutSeconds: 7 }));
      const apiVersion = "admissionregistration.k8s.io/v1";
      const kind = "ValidatingWebhookConfiguration";
      const object = { apiVersion, kind, metadata: { name: "portcullis" }, webhooks: changed };
      await admin.succeed(`${APPLY} --field-manager=argocd-controller`, object);
    },
    found: ["webhook-field-differs", "webhooks-contested"],
    code: 0,
    says: /argocd-controller, last at .*"follows": ?"webhooks-contested"/,
    mends: async () => {
      await admin.succeed("delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis");
      expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    },
  },
  {
    name: "a Service that is gone",
    breaks: () => admin.succeed("delete service portcullis --namespace=portcullis-system"),
    found: ["deployment-missing", "service-missing", "fail-without-server"],
    // While the API server has a connection open, it needs no Service to find the server.
    perhaps: "server-unreachable",
    mends: () => applyFiles("--kustomize", "manifests/overlays/local"),
  },
];

endToEnd("portcullis doctor", () => {
  let healthy: readonly string[];
  let installation: Installation;

  beforeAll(async () => {
    const policies = (await buildFolder("policies")).file;
    const bindings = await fileOf("bindings.yaml");
    installation = { policies, bindings: [bindings] };
    portcullis = await installPortcullis(controlPlane(), installation);
    port = portcullis.replica.admissionPort;
    sources = [`--policies=${policies}`, `--bindings=${bindings}`];
    await admin.succeed(APPLY, await servedPair());
    const webhooks: unknown = JSON.parse(await admin.stored(VALIDATING, "{.webhooks}"));
    mendWebhooks = () => patchWebhooks({ op: "replace", path: "/webhooks", value: webhooks });
  });

  afterAll(() => portcullis.replica.signal("SIGKILL"));

  test("finds nothing wrong with an installation that is as it should be", async () => {
    const { code, report } = await examined();
    healthy = idsOf(report);
    expect(report.checks.filter(({ status }) => status !== "ok" && status !== "warning")).toEqual([]);
    expect([code, healthy.filter((id) => id !== "policy-unasked")]).toEqual([0, []]);
  });

  /** What a healthy installation does not have. */
  async function foundNow(): Promise<{
    readonly ids: readonly string[];
    readonly ended: number | null;
    readonly text: string;
  }> {
    const { code, report } = await examined();
    const left = [...healthy];
    const ids = idsOf(report).filter((id) => {
      const at = left.indexOf(id);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
    return { ids: ids.toSorted(), ended: code, text: JSON.stringify(report) };
  }

  test.each([...WEBHOOKS, ...OTHERS])("finds $name, and nothing else", async (broken) => {
    const { breaks, mends = mendWebhooks, found, perhaps, code = 1, says = /./ } = broken;
    await breaks();
    try {
      // An API server calls by what it has just stored once its informers have told it.
      await delay(1_000);
      await eventuallyExpected(async () => {
        const { ids, ended, text } = await foundNow();
        const certain = ids.filter((id) => id !== perhaps);
        expect({ ids: certain, ended }).toEqual({ ids: found.toSorted(), ended: code });
        expect(text).toMatch(says);
      });
    } finally {
      await mends();
    }
  });

  test("finds webhooks that a leader does not keep, and its remedy works", async () => {
    await admin.succeed(APPLY, lease({ holderIdentity: "elsewhere" }));
    const forgotten = { op: "replace", path: "/metadata/managedFields", value: [{}] };
    await patch(VALIDATING, forgotten);
    await patch("mutatingwebhookconfiguration portcullis", forgotten);
    const { ids, text } = await foundNow();
    expect(ids).toEqual(["webhooks-not-kept"]);
    const [, remedy = ""] =
      /`kubectl (delete validatingwebhookconfigurations,\S+ portcullis)`.*webhooks --apply/.exec(text) ?? [];
    await admin.succeed(remedy);
    expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    await admin.succeed(APPLY, lease({ holderIdentity: "elsewhere" }));
    expect((await foundNow()).ids).toEqual([]);
    await admin.succeed("delete lease portcullis --namespace=portcullis-system");
  });

  test("says what a stranger may not see, and takes none of it for good", async () => {
    const { code, report } = await examined(`--kubeconfig=${controlPlane().kubeconfig("stranger")}`);
    const status = Object.fromEntries(report.checks.map((check) => [check.name, check.status]));
    expect(code).toBe(1);
    expect(status).toMatchObject({
      "api-server": "ok",
      "your-permissions": "unknown",
      resources: "unknown",
      workload: "unknown",
      permissions: "unknown",
      bindings: "unknown",
      webhooks: "unknown",
      "failure-policy": "unknown",
      certificate: "unknown",
      answer: "unknown",
      leader: "unknown",
      exemptions: "unknown",
    });
  });

  test("ends with 2 where there is no API server", async () => {
    const file = await fileOf("kubeconfig", {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
      contexts: [{ name: "none", context: { cluster: "none", user: "nobody" } }],
      users: [{ name: "nobody", user: {} }],
      "current-context": "none",
    });
    const { code, stdout, stderr } = await doctor(`--kubeconfig=${file}`);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("[CLUSTER_UNREACHABLE]");
  });

  test("finds that the webhooks are gone", async () => {
    await admin.succeed(`delete ${VALIDATING}`);
    expect(await foundNow()).toMatchObject({ ids: ["not-checked", "webhooks-missing"], ended: 1 });
    expect(await portcullis.applyWebhooks()).toMatchObject({ code: 0 });
    expect(await foundNow()).toMatchObject({ ids: [], ended: 0 });
  });

  test("finds that the server is gone", async () => {
    portcullis.replica.signal("SIGKILL");
    await portcullis.replica.ended;
    expect(await foundNow()).toMatchObject({ ids: ["server-unreachable"], ended: 1 });
  });

  test("finds that the server wants a client certificate, which the API server does not have", async () => {
    const { cert } = await createAuthority("webhook clients", 30, daysAgo(0));
    const file = path.join(await temporaryFolder(), "client-ca.crt");
    await writeFile(file, cert);
    const asking = { name: "asks", args: [`--port=${port}`, `--client-ca=${file}`] };
    const server = await startServer(await prepare(controlPlane(), installation), asking);
    await server.ready();
    try {
      expect(await foundNow()).toMatchObject({ ids: ["client-certificate-refused"], ended: 1 });
    } finally {
      server.signal("SIGKILL");
      await server.ended;
    }
  });

  test("finds nothing wrong where servers keep certificates and webhooks themselves", async () => {
    await admin.succeed("delete validatingwebhookconfigurations,mutatingwebhookconfigurations portcullis");
    await admin.succeed("delete secret portcullis-tls --namespace=portcullis-system");
    const managed = { ...installation, manageCertificates: true, keepWebhooks: true };
    const replicas = await prepareReplicas(controlPlane(), managed);
    const replica = await replicas.start();
    await replica.ready();
    expect(await replicas.applyWebhooks()).toMatchObject({ code: 0 });
    ({ port } = replicas);
    expect(await foundNow()).toMatchObject({ ids: [], ended: 0 });
    await replica.terminate();
    await delay(HANDOVER);
    expect((await foundNow()).ids).toEqual(["nobody-leads", "server-unreachable"]);
  }, 300_000);
});
