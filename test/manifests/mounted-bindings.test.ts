// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `test` or `test.skip`
import path from "node:path";
import { expect, test } from "@jest/globals";
import { certificates, eventually, podReview, verdictOf } from "../life/life.ts";
import { mountVolume } from "../mounted-volume.ts";
import { buildFolder, temporaryFolder } from "../policy-folder.ts";
import { startServer } from "../running-server.ts";
import { buildOverlay, find, KUBECTL } from "./overlay.ts";
import { ConfigMap, Deployment } from "./workload.ts";

const built = KUBECTL === undefined ? test.skip : test;

function bindings(name: string): ConfigMap["data"] {
  return find(buildOverlay(name), ConfigMap, "ConfigMap", "portcullis-bindings").data;
}

built(
  "the server that the Deployment starts gets ready, and takes a change of the ConfigMap without a restart",
  async () => {
    const [folder, { file }, certificateFolder] = await Promise.all([
      temporaryFolder(),
      buildFolder("policies"),
      certificates(),
    ]);
    await mountVolume(folder, bindings("cert-manager"));
    const [container] = find(buildOverlay("cert-manager"), Deployment, "Deployment").spec.template.spec
      .containers;
    const places = new Map([
      ["/portcullis/bundle.tar.gz", file],
      ["/etc/portcullis/bindings", folder],
      ["/etc/portcullis/tls/tls.crt", path.join(certificateFolder, "tls.crt")],
      ["/etc/portcullis/tls/tls.key", path.join(certificateFolder, "tls.key")],
      // Nobody waits here for endpoints to forget the server.
      ["10", "0"],
    ]);
    const [command, ...args] = container.args.map((arg) => {
      const [flag = "", value = ""] = arg.split("=");
      return value === "" ? flag : `${flag}=${places.get(value) ?? value}`;
    });
    expect(command).toBe("serve");
    // What it follows and keeps in a cluster is tested with an API server (api-server.test.ts).
    const inCluster = ["--cluster", "--keep-webhooks"];
    const alone = args.filter((arg) => !inCluster.includes(arg));
    expect(alone).toHaveLength(args.length - inCluster.length);
    const server = await startServer(certificateFolder, alone);
    try {
      expect((await server.get("/readyz")).status).toBe(200);
      const allowed = async () => verdictOf(await server.post("/validate", podReview({}))).allowed;
      expect(await allowed()).toBe(true);
      await mountVolume(folder, bindings("production"));
      await eventually("the promoted policies deny", async () => !(await allowed()));
    } finally {
      await server.stop();
    }
  },
);
