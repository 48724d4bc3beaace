// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/**
 * `portcullis doctor` beside installations from the overlays as they are shipped: Deployment, Service and webhooks. kwok
 * plays the kubelet, so one server beside the control plane answers in the place of all Pods.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import path from "node:path";
import { run, type Ended } from "../../src/build/opa/run.ts";
import { startCertManager } from "../cluster/cert-manager.ts";
import { availableOrReason, controlPlaneForTests } from "../cluster/for-tests.ts";
import { applyWebhooks, prepare, startServer, type Installation } from "../cluster/installation.ts";
import { obtainCertManager } from "../cluster/obtain.ts";
import { PROGRAM, type Replica } from "../cluster/replica.ts";
import { eventually } from "../life/life.ts";
import { buildFolder } from "../policy-folder.ts";
import { startClusterNetwork } from "./cluster-network.ts";
import { NOT_FOUND, person } from "./cluster.ts";
import { installedBundles } from "./good-certificates.ts";
import { SHOP_NAMESPACE } from "./objects.ts";
import { APPLY, CONFIGURATIONS, DENIED, RECOVER, saidOfBadPod, uninstall } from "./uninstallation.ts";

const programs = await availableOrReason(
  "overlays with cert-manager",
  obtainCertManager({ progress: (line) => process.stderr.write(`${line}\n`) }),
);
const network = await startClusterNetwork();
const { describe: endToEnd, controlPlane } = await controlPlaneForTests(
  "portcullis doctor and the overlays",
  {
    nodes: true,
    apiServerFlags: network.apiServerFlags,
  },
);
const withCertManager = programs.kind === "available" ? endToEnd : describe.skip;
const admin = person(controlPlane, "admin");

const NAMESPACE = "--namespace=portcullis-system";
const DEPLOYMENT = `deployment/portcullis ${NAMESPACE}`;
/** Of the Service, as it is shipped. */
const PORT = 8443;
const { href: POD_HOSTNAME } = new URL("pod-hostname.ts", import.meta.url);
const COMPONENT = "manifests/components/cert-manager/bindings";
const INJECT = "cert-manager.io/inject-ca-from=portcullis-system/portcullis-tls";
/** Of each test, in ms, on a machine that does other things. */
const PATIENCE_MS = 240_000;

interface Overlay {
  readonly name: string;
  /** The folders of which its ConfigMap is made. */
  readonly bindings: readonly string[];
  readonly certManager: boolean;
}

const KIND: Overlay = { name: "kind", bindings: ["manifests/base/bindings"], certManager: false };
const WITH_CERT_MANAGER: readonly Overlay[] = [
  { name: "cert-manager", bindings: [COMPONENT], certManager: true },
  {
    name: "production",
    bindings: [COMPONENT, "manifests/overlays/production/bindings"],
    certManager: true,
  },
];

let policies: string;

function apply(folder: string): Promise<string> {
  return admin.succeed(
    `apply --server-side --force-conflicts --kustomize=${path.resolve("manifests/overlays", folder)}`,
  );
}

interface Running {
  readonly server: Replica;
  /** Runs `portcullis webhooks --apply` for the Service. */
  readonly applyWebhooks: () => Promise<Ended>;
}

let count = 0;

/** The overlay as it is shipped, its Pods, and the server that answers for them. */
async function install({ name, bindings, certManager }: Overlay): Promise<Running> {
  const installation: Installation = {
    policies,
    bindings,
    certManager,
    manageCertificates: !certManager,
    keepWebhooks: true,
  };
  const prepared = await prepare(controlPlane(), installation);
  // One that leads to the host, where there is no network.
  await admin.succeed(`delete service/portcullis ${NAMESPACE}`);
  await apply(name);
  await admin.succeed(`rollout status ${DEPLOYMENT} --timeout=120s`);
  const pods = `pods ${NAMESPACE} --selector=app.kubernetes.io/name=portcullis`;
  const HOSTNAME = await admin.stored(pods, "{.items[0].metadata.name}");
  const environment = { HOSTNAME, NODE_OPTIONS: `--import=${POD_HOSTNAME}` };
  count += 1;
  const started = { name: `portcullis-${count}`, servicePort: PORT, environment };
  const server = await startServer(prepared, started);
  await server.ready();
  network.lead(PORT, server.admissionPort);
  return { server, applyWebhooks: () => applyWebhooks(prepared, PORT, []) };
}

/** What the doctor says to whom it shall say nothing if nothing is wrong. */
async function said({ bindings }: Overlay): Promise<Pick<Ended, "code" | "stdout">> {
  const sources = [`--policies=${policies}`, ...bindings.map((folder) => `--bindings=${folder}`)];
  const cluster = `--kubeconfig=${controlPlane().kubeconfig()}`;
  const { code, stdout, stderr } = await run(
    process.execPath,
    [...PROGRAM, "doctor", "--output=short", ...sources, cluster],
    { environment: { ...process.env, NO_COLOR: "1" } },
  );
  if (stderr !== "") throw new Error(stderr);
  return { code, stdout };
}

const NOTHING = { code: 0, stdout: "" };
/** Of a finding, at the end of its message. */
const ID = /\[[a-z-]+\]/g;

endToEnd("portcullis doctor", () => {
  let running: Running | undefined;

  beforeAll(async () => {
    policies = (await buildFolder("policies")).file;
    await admin.succeed(APPLY, SHOP_NAMESPACE);
    await admin.succeed("wait --for=create serviceaccount/default --namespace=shop");
    if (programs.kind === "available") await startCertManager(controlPlane(), programs.value);
  }, PATIENCE_MS);

  afterEach(async () => {
    expect(await uninstall(controlPlane())).toMatchObject({ code: 0 });
    expect(await admin.kubectl("get namespace portcullis-system")).toMatchObject(NOT_FOUND);
    running?.server.signal("SIGKILL");
    await running?.server.ended;
  }, PATIENCE_MS);

  afterAll(() => network.close());

  test(
    "finds nothing wrong with the overlay kind",
    async () => {
      running = await install(KIND);
      expect(await running.applyWebhooks()).toMatchObject({ code: 0 });
      expect(await saidOfBadPod(admin)).toContain(DENIED);
      expect(await said(KIND)).toEqual(NOTHING);
    },
    PATIENCE_MS,
  );

  withCertManager("where cert-manager issues the certificates", () => {
    test.each(WITH_CERT_MANAGER)(
      "finds nothing wrong with the overlay $name, whose own webhooks are somebody else's to keep",
      async (overlay) => {
        running = await install(overlay);
        await apply(`${overlay.name}/webhooks`);
        await eventually("cert-manager has written every caBundle", async () =>
          (await installedBundles(controlPlane())).every((bundle) => bundle !== ""),
        );
        await eventually("it decides", async () => (await saidOfBadPod(admin)).includes(DENIED));
        const { code, stdout } = await said(overlay);
        expect([code, new Set(stdout.match(ID))]).toEqual([0, new Set(["[webhooks-not-kept]"])]);
        await admin.succeed(RECOVER);
        expect(await running.applyWebhooks()).toMatchObject({ code: 0 });
        expect(await said(overlay)).toEqual(NOTHING);
        await admin.succeed(`annotate ${CONFIGURATIONS} portcullis ${INJECT}`);
        expect(await said(overlay)).toEqual(NOTHING);
        expect(await saidOfBadPod(admin)).toContain(DENIED);
      },
      PATIENCE_MS,
    );
  });
});
