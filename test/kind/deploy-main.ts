/** `node test/kind/deploy-main.ts KUBECONFIG FOLDER`: Portcullis as it is shipped, by a process that can be ended. */
import { onPath } from "../../src/build/opa/locate.ts";
import { existingCluster } from "./existing-cluster.ts";
import { OVERLAY } from "./image-name.ts";
import { deploy } from "./install.ts";

const [kubeconfig = "", folder = ""] = process.argv.slice(2);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);
try {
  const [kubectl = "kubectl"] = await onPath("kubectl", process.env);
  const cluster = await existingCluster({ kubeconfig, kubectl, users: {}, folder });
  await deploy(cluster, { overlay: OVERLAY, folder, progress });
} catch (error) {
  progress(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
