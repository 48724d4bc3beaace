// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
/** The certificate of one replica is not renewed until it has expired: the Service does without that replica meanwhile. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import {
  createAuthority,
  createServerCertificate,
  type KeyPair,
} from "../../src/certificates/certificate.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";
import { sender, startLoad, type Load } from "../cluster/load.ts";
import { prepareReplicas, type ServiceReplica } from "../cluster/replicas.ts";
import { eventually } from "../life/life.ts";
import { mountVolume } from "../mounted-volume.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { person } from "./cluster.ts";
import { pod, SHOP, SHOP_NAMESPACE } from "./objects.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("a certificate that expires");
const admin = person(controlPlane, "admin");

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Longer than the server fails its readiness before the end, and than a busy machine takes to take it over. */
const SHORT_LIFE_MS = 50_000;
const SERVER_NAME = "portcullis.portcullis-system.svc";
const EXPIRY = "portcullis_certificate_expiry_timestamp_seconds";

/** A mounted Secret, and the server that has it. */
interface Mounted {
  readonly folder: string;
  readonly replica: ServiceReplica;
}

endToEnd("a replica whose certificate expires", () => {
  let authority: KeyPair;
  let good: Mounted;
  let bad: Mounted;
  let load: Load = { attempts: [], answered: async () => undefined, end: async () => [] };

  function mount(folder: string, { cert, key }: KeyPair): Promise<void> {
    return mountVolume(folder, { "ca.crt": authority.cert, "tls.crt": cert, "tls.key": key });
  }

  function issue(milliseconds: number): Promise<KeyPair> {
    const names = { dns: [SERVER_NAME], ip: [] } as const;
    return createServerCertificate(names, milliseconds / DAY_MS, authority, new Date());
  }

  beforeAll(async () => {
    authority = await createAuthority("test CA", 9, new Date());
    const policies = (await buildFolder("policies")).file;
    const replicas = await prepareReplicas(controlPlane(), { policies, bindings: [] });
    const startMounted = async (): Promise<Mounted> => {
      const folder = await temporaryFolder();
      await mount(folder, await issue(9 * DAY_MS));
      const args = [`--cert=${path.join(folder, "tls.crt")}`, `--key=${path.join(folder, "tls.key")}`];
      return { folder, replica: await replicas.start({ args }) };
    };
    good = await startMounted();
    bad = await startMounted();
    for (const { replica } of [good, bad]) await replica.ready();
    const installed = await replicas.applyWebhooks([`--ca-file=${path.join(good.folder, "ca.crt")}`]);
    expect(installed).toMatchObject({ code: 0 });
    await admin.succeed("apply --filename=-", SHOP_NAMESPACE);
    await admin.succeed(`wait --for=create serviceaccount/default --namespace=${SHOP}`);
    const create = { path: `/api/v1/namespaces/${SHOP}/pods`, object: pod("good"), expected: 201 };
    load = startLoad(await sender(controlPlane()), [create], { perSecond: 10 });
  }, 120_000);

  afterAll(async () => {
    await load.end();
  });

  test("leaves the Service before that, is told by metric and alert, and comes back renewed; nobody's write fails", async () => {
    expect(await isAlerting()).toBe(false);
    const short = await issue(SHORT_LIFE_MS);
    const end = Date.now() + SHORT_LIFE_MS;
    await mount(bad.folder, short);
    await eventually("the alert fires", isAlerting);
    await eventually("readiness fails", async () => (await bad.replica.get("/readyz")).status === 503);
    await eventually("it is no endpoint", () => !bad.replica.isEndpoint());
    expect(Date.now()).toBeLessThan(end);
    await delay(end - Date.now() + 1_000);
    const { status, body } = await bad.replica.get("/readyz");
    expect([status, body]).toEqual([503, expect.stringMatching(/^\[-\]certificate failed: .*expired/m)]);
    expect((await bad.replica.metrics()).get(EXPIRY)).toBeLessThan(Date.now() / 1_000);
    expect((await bad.replica.get("/livez")).status).toBe(200);
    await expect(trusted(bad.replica)).rejects.toThrow("certificate has expired");
    await mount(bad.folder, await issue(9 * DAY_MS));
    await eventually("it is an endpoint again", () => bad.replica.isEndpoint());
    await trusted(bad.replica);
    expect(await isAlerting()).toBe(false);
    const attempts = await load.end();
    expect(attempts.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(attempts.length).toBeGreaterThan(SHORT_LIFE_MS / 100);
  });

  /** Settles when a client that verifies as the API server does has a connection. */
  async function trusted({ admissionPort: port }: ServiceReplica): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port, servername: SERVER_NAME, ca: authority.cert });
    await once(socket, "secureConnect");
    socket.destroy();
  }

  /** What the documented expression says of the metrics of all replicas. */
  async function isAlerting(): Promise<boolean> {
    const { threshold } = await documentedAlert();
    const values = await Promise.all([good, bad].map(({ replica }) => replica.metrics()));
    return Math.min(...values.map((each) => each.get(EXPIRY) ?? Number.NaN)) - Date.now() / 1_000 < threshold;
  }
});

/** The alert condition of docs/reference/metrics.md for `min(metric) - time() < threshold`, in seconds. */
async function documentedAlert(): Promise<{ readonly threshold: number }> {
  const page = await readFile("docs/reference/metrics.md", "utf8");
  const expression = new RegExp(`^min\\(${EXPIRY}\\) - time\\(\\) < ([\\d *]+)$`, "m").exec(page)?.[1];
  if (expression === undefined) throw new Error("The page has no alert for the end of a certificate.");
  return { threshold: expression.split("*").reduce((product, factor) => product * Number(factor), 1) };
}
