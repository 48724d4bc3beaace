/** Types commands of the documentation as they are printed there. */
import { mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { IMAGE } from "../../image/image.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { Replicas } from "../cluster/replicas.ts";
import { obtainControlPlane } from "../cluster/obtain.ts";
import { folderOf, PROGRAM } from "../cluster/replica.ts";
import { run, type Ended } from "../docs/command.ts";
import { clusterCommands } from "../docs/cluster-commands.ts";
import { page } from "../docs/pages.ts";
import { temporaryFolder } from "../policy-folder.ts";

/** The pages for people who install, upgrade and recover. */
const PAGES = ["README.md", "docs/install.md", "docs/recovery.md"];

/** Where there is no container, no cert-manager and no other Service than that of the test. */
export interface Typist {
  /** All commands of the pages, each once. */
  readonly commands: readonly string[];
  /** Those that were typed. */
  readonly typed: ReadonlySet<string>;
  /** The folder that is called `portcullis` in the pages: what is in the checkout, and what the commands write. */
  readonly checkout: string;
  /** What a Pod runs and where its Service is, once there is one. */
  serve(replicas: Replicas, policies: string): void;
  /** Types a command of the pages, for the namespace `shop` where they say NAME. Any exit code is a result. */
  type(command: string): Promise<Ended>;
}

export async function typist(controlPlane: ControlPlane): Promise<Typist> {
  const commands = (await Promise.all(PAGES.map(page))).flatMap(clusterCommands);
  const typed = new Set<string>();
  const folder = await temporaryFolder();
  const checkout = path.join(folder, "portcullis");
  await mkdir(checkout);
  for (const name of await readdir(".")) await symlink(path.resolve(name), path.join(checkout, name));
  const programs = path.join(folder, "bin");
  await mkdir(programs);
  await symlink((await obtainControlPlane({ progress: () => undefined })).kubectl, `${programs}/kubectl`);
  const environment = { PATH: `${programs}:${process.env["PATH"]}`, KUBECONFIG: controlPlane.kubeconfig() };
  let server = "";
  let inPod: InPod | undefined;
  return {
    commands: [...new Set(commands)],
    typed,
    checkout,
    serve: ({ port }, policies) => {
      server = ` --service=portcullis-system/portcullis:${port} --policies=${policies}`;
      inPod = { server, policies, kubeconfig: path.join(folderOf(controlPlane), "kubeconfig") };
    },
    type: (command) => {
      if (!commands.includes(command)) throw new Error(`No page has the command ${command}`);
      typed.add(command);
      if (command.startsWith(EXEC)) return runInPod(command.slice(EXEC.length), inPod);
      const isAboutServer = /^npm run portcullis -- (webhooks|doctor)/.test(command);
      const line = `${command.replace(" NAME ", " shop ")}${isAboutServer ? server : ""}`;
      return run("/bin/sh", ["-c", line], checkout, environment);
    },
  };
}

const EXEC = "kubectl exec --namespace portcullis-system deployment/portcullis -- ";

interface InPod {
  readonly server: string;
  readonly policies: string;
  /** Of the account that the Pods have. */
  readonly kubeconfig: string;
}

/** What the container would run, with its account, and beside it: there is no kubelet that could be asked. */
function runInPod(line: string, pod: InPod | undefined): Promise<Ended> {
  if (pod === undefined) throw new Error("No Pod runs.");
  const { entrypoint, workingDirectory } = IMAGE;
  const words = line.split(" ").map((word) => (word === "bundle.tar.gz" ? pod.policies : word));
  const program = words.slice(0, 2).map((word) => path.posix.resolve(workingDirectory, word));
  if (program.join(" ") !== entrypoint.join(" ")) throw new Error(`The image has no ${line}`);
  const bindings = words.map((word) => (word === "/etc/portcullis/bindings" ? BINDINGS : word));
  const own = [`--kubeconfig=${pod.kubeconfig}`, ...pod.server.trim().split(" ")];
  return run(process.execPath, [...PROGRAM, ...bindings.slice(2), ...own], ".");
}

/** What the ConfigMap that the Pods have mounted is made of. */
const BINDINGS = "manifests/base/bindings";
