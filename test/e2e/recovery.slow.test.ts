// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** How a cluster gets on whose Portcullis is broken, and that the commands of docs/recovery.md mend it. */
import { beforeAll, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import type { Installation } from "../cluster/installation.ts";
import { PROGRAM } from "../cluster/replica.ts";
import { prepareReplicas, type Replicas } from "../cluster/replicas.ts";
import { eventually, eventuallyExpected } from "../life/life.ts";
import { EXEMPTOR, kubeconfigTo, NOT_FOUND, PERMISSIONS, person, USERS } from "./cluster.ts";
import { namespace, pod } from "./objects.ts";
import { pretendApiServer, status } from "./pretended-api-server.ts";
import {
  APPLY,
  CONFIGURATIONS,
  DENIED,
  DRY_RUN,
  installAll,
  isAdmitted,
  RECOVER,
  REJECTED,
  saidOfBadPod,
  shippedPacks,
  uninstall,
  type Installed,
} from "./uninstallation.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("recovering", { users: USERS });
const admin = person(controlPlane, "admin");
const exemptor = person(controlPlane, EXEMPTOR);

let installation: Installation;

beforeAll(async () => {
  installation = { ...(await shippedPacks()), manageCertificates: true, keepWebhooks: true };
});

test("the command that is tested here is the one that the page tells", async () => {
  expect(await readFile("docs/recovery.md", "utf8")).toContain(`\nkubectl ${RECOVER}\n`);
});

/** The controller of namespaces begins after 5 s, and tries again after 5, 10, 20 and 40 s. */
const DELETION = "120s";

/** Milliseconds in which a leader looks at the configurations at least once, whatever it has heard of them. */
const LEADER_INTERVAL = 11_000;

/**
 * Runs `portcullis webhooks --apply` and kills it when it is about to write once more than so many times.
 */
async function crashedAfter(writes: number, { port }: Replicas): Promise<void> {
  let count = 0;
  const api = await pretendApiServer((method, url) => {
    if (method === "GET" || url.includes("dryRun=All")) return undefined;
    count += 1;
    if (count <= writes) return undefined;
    child.kill("SIGKILL");
    return status(500, "nobody hears this");
  }, controlPlane().server);
  const args = [
    "webhooks",
    "--apply",
    `--kubeconfig=${await kubeconfigTo(api.server, controlPlane())}`,
    `--service=portcullis-system/portcullis:${port}`,
    "--ca-secret=portcullis-system/portcullis-tls",
    `--policies=${installation.policies}`,
    ...installation.bindings.map((file) => `--bindings=${file}`),
  ];
  const child = spawn(process.execPath, [...PROGRAM, ...args], { stdio: "ignore" });
  await once(child, "exit");
  api.stop();
  expect([child.signalCode, count]).toEqual(["SIGKILL", writes + 1]);
}

endToEnd("a cluster whose Portcullis", () => {
  let installed: Installed;

  beforeAll(async () => {
    installed = await installAll(controlPlane(), installation);
    await admin.succeed(APPLY, PERMISSIONS);
  });

  /** Another server behind the same Service. */
  async function restart(): Promise<void> {
    installed = { ...installed, replica: await installed.replicas.start() };
    await installed.replica.ready();
  }

  /** Everything is as after the first installation. */
  async function expectEnforced(): Promise<void> {
    expect(await installed.replicas.applyWebhooks()).toMatchObject({ code: 0 });
    expect(await saidOfBadPod(admin)).toContain(DENIED);
    expect(await isAdmitted(admin)).toBe(true);
  }

  test("puts back what somebody edits, and never what somebody deletes", async () => {
    const edit = [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }];
    const configuration = "validatingwebhookconfiguration/portcullis";
    await admin.succeed(`patch ${configuration} --type=json --patch=${JSON.stringify(edit)}`);
    const policy = (): Promise<string> => admin.stored(configuration, "{.webhooks[0].failurePolicy}");
    await eventually("it is put back", async () => (await policy()) === "Fail");
    await admin.succeed(RECOVER);
    await eventually("nothing is held up", async () => (await saidOfBadPod(admin)) === "");
    await eventually("its leader has seen it", async () =>
      /"kind":"ValidatingWebhookConfiguration","why":"missing"/.test(await installed.replica.log()),
    );
    await delay(LEADER_INTERVAL);
    expect(await admin.succeed(`get ${CONFIGURATIONS} --output=name`)).toBe("");
    await expectEnforced();
  });

  endToEnd("is scaled to zero", () => {
    beforeAll(async () => {
      await installed.replica.terminate();
    });

    test("rejects what is covered, and lets a freed namespace go on", async () => {
      expect(await saidOfBadPod(admin)).toContain(REJECTED);
      const label = "policy.portcullis.dev/exempt";
      await admin.succeed(APPLY, namespace("freed", {}));
      await admin.succeed("wait --for=create serviceaccount/default --namespace=freed");
      const freed = { ...pod("any"), metadata: { name: "any", namespace: "freed" } };
      expect((await admin.kubectl(DRY_RUN, freed)).stderr).toContain(REJECTED);
      await exemptor.succeed(`label namespace/freed ${label}=`);
      await eventually("it is free", async () => (await admin.kubectl(DRY_RUN, freed)).code === 0);
      await exemptor.succeed(`label namespace/freed ${label}-`);
      await eventually("it is rejected again", async () => (await admin.kubectl(DRY_RUN, freed)).code !== 0);
    });

    test("is freed by the one command, and comes back with the first installation", async () => {
      await admin.succeed(RECOVER);
      await eventually("nothing is held up", () => isAdmitted(admin));
      expect(await saidOfBadPod(admin)).toBe("");
      await restart();
      await expectEnforced();
    });
  });

  endToEnd("was being installed when the installer was killed", () => {
    // The probe's configuration, its removal, validation under Ignore, mutation; the next is validation under Fail.
    test.each([1, 2, 3, 4])("after %i writes: nothing is held up without a server", async (writes) => {
      await admin.succeed(RECOVER);
      await crashedAfter(writes, installed.replicas);
      await installed.replica.kill();
      await eventually("nothing is held up", () => isAdmitted(admin));
      expect(await saidOfBadPod(admin)).not.toContain(REJECTED);
      await restart();
      await expectEnforced();
      expect(await admin.succeed(`get ${CONFIGURATIONS} --output=name`)).not.toContain("self-probe");
    });
  });

  test("has lost its namespace: deleting it does not hang, and the manifests and a new server mend all", async () => {
    await installed.replica.kill();
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    await admin.succeed(`delete namespace/portcullis-system --timeout=${DELETION}`);
    expect(await admin.kubectl("get namespace/portcullis-system")).toMatchObject(NOT_FOUND);
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    // Applies the manifests; who answers there is behind the Service as it was, with another authority.
    await prepareReplicas(controlPlane(), installation);
    await restart();
    // Another authority spreads for half a minute, and a leader looks every ten seconds.
    await eventuallyExpected(async () => expect(await saidOfBadPod(admin)).toContain(DENIED), 150_000);
    expect(await isAdmitted(admin)).toBe(true);
  }, 300_000);

  test("has lost its namespace: it is freed by the one command, and all of it is installed again", async () => {
    await installed.replica.kill();
    await admin.succeed(`delete namespace/portcullis-system --timeout=${DELETION}`);
    expect(await saidOfBadPod(admin)).toContain(REJECTED);
    await admin.succeed(RECOVER);
    await eventually("nothing is held up", () => isAdmitted(admin));
    installed = await installAll(controlPlane(), installation);
    await expectEnforced();
    expect(await uninstall(controlPlane())).toMatchObject({ code: 0 });
  }, 300_000);
});
