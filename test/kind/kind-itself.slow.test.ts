// oxlint-disable jest/no-standalone-expect -- the rule does not see that `itself` is `describe` or `describe.skip`
/** `make kind` with kind itself, and with a Docker that only says that it has done what kind asked for. */
import { describe, expect, test } from "@jest/globals";
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { load } from "js-yaml";
import { z } from "zod";
import { run, type Ended } from "../../src/build/opa/run.ts";
import { availableOrReason } from "../cluster/for-tests.ts";
import type { GoProgram } from "../go/go.ts";
import { goOptions, obtainGoProgram } from "../go/program.ts";
import { eventually, tell } from "../life/life.ts";
import { temporaryFolder } from "../policy-folder.ts";
import { IMAGE } from "./image-name.ts";
import { makeKind, stage, type Stage } from "./stage.ts";

const KIND: GoProgram = {
  name: "kind",
  module: path.join(import.meta.dirname, "modules/kind"),
  package: "sigs.k8s.io/kind",
};
const obtained = await availableOrReason(
  "make kind with kind itself",
  obtainGoProgram(KIND, goOptions(tell)),
);
const itself = obtained.kind === "available" ? describe : describe.skip;
const program = obtained.kind === "available" ? obtained.value : "";

/** How Docker answers kind's questions, in the words of a shell's `case`; its containers are the lines of a file. */
const DOCKER = `  "docker -v") echo "Docker version 29.0.0, build 0" ;;
  "docker info --format {{json .}}") echo '{"CgroupVersion":"2"}' ;;
  "docker run "*) echo "$3" >> "$stage/containers" ;;
  "docker ps "*) cat "$stage/containers" ;;
  "docker rm "*) for name in "$@"; do sed -i "/^$name$/d" "$stage/containers"; done ;;
  "docker logs "*) echo "Reached target Multi-User System." ;;
  "docker inspect "*"kind.role"*control-plane) echo control-plane ;;
  "docker inspect "*"kind.role"*) echo worker ;;
  "docker inspect "*IPAddress*) echo 172.18.0.2,fc00::2 ;;
  "docker inspect "*NetworkSettings.Ports*) printf '127.0.0.1\\t16443\\n' ;;
  "docker image inspect "*) echo sha256:0123456789abcdef ;;
  "docker save -o "*) : > "$3" ;;
  *" crictl inspecti "*) exit 1 ;;
  # Docker leaves attestations out of what it saves, and containerd misses them (kind's issue 3795).
  "docker build "*) [ -n "$BUILDX_NO_DEFAULT_ATTESTATIONS" ] || : > "$stage/attested" ;;
  *" images import "*) cat > /dev/null; [ ! -e "$stage/attested" ] || { echo "content digest: not found" >&2; exit 1; } ;;
  "kubectl rollout "*) cp "$KUBECONFIG" "$stage/used-kubeconfig" ;;
  *" cat /kind/version") echo v1.36.1 ;;
  *" containerd config dump") printf 'version = 3\\n[plugins."io.containerd.cri.v1.images"]\\nsnapshotter = "overlayfs"\\n' ;;
  *" cat /etc/kubernetes/admin.conf") cat "$stage/admin.conf" ;;
  *" get nodes "*) echo "'True'" ;;
`;

const ADMIN = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "kubernetes", cluster: { server: "https://control-plane:6443" } }],
  users: [{ name: "kubernetes-admin", user: { token: "secret" } }],
  contexts: [{ name: "admin", context: { cluster: "kubernetes", user: "kubernetes-admin" } }],
  "current-context": "admin",
};

async function stageWithKind(settings = ""): Promise<Stage> {
  const staged = await stage({ settings, answers: DOCKER });
  const kind = path.join(staged.folder, "bin/kind");
  await rm(kind);
  await symlink(program, kind);
  await writeFile(path.join(staged.folder, "admin.conf"), JSON.stringify(ADMIN));
  await writeFile(path.join(staged.folder, "containers"), "");
  return staged;
}

/** `kind create cluster` by itself, of another configuration. */
async function create(staged: Stage, config: string): Promise<Ended> {
  const file = path.join(await temporaryFolder(), "cluster.yaml");
  await writeFile(file, config);
  return run("kind", ["create", "cluster", "--config", file, "--kubeconfig", `${file}.kubeconfig`], {
    environment: { PATH: `${path.join(staged.folder, "bin")}:/usr/bin:/bin`, HOME: staged.folder },
  });
}

const ours = (): Promise<string> => readFile("manifests/kind/cluster.yaml", "utf8");

function containers({ folder }: Stage): Promise<string> {
  return readFile(path.join(folder, "containers"), "utf8");
}

/** The nodes that Docker was asked for: the role, and the image, which comes last. */
async function nodesOf({ calls }: Stage): Promise<readonly string[]> {
  const made = (await calls()).filter((call) => call.startsWith("docker run "));
  return made.map((call) => `${/kind\.role=(\S+)/.exec(call)?.[1]} ${call.split(" ").at(-1)}`).toSorted();
}

itself("make kind, with kind itself,", () => {
  test("creates the nodes that the configuration names, and everything passes", async () => {
    const staged = await stageWithKind();
    const { stderr, exitCode } = await makeKind(staged).ended;
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Everything passed.\n")]);
    const Cluster = z.object({ nodes: z.array(z.object({ role: z.string(), image: z.string() })) });
    const { nodes } = Cluster.parse(load(await ours()));
    expect(await nodesOf(staged)).toEqual(nodes.map(({ role, image }) => `${role} ${image}`).toSorted());
    expect(await nodesOf(staged)).toHaveLength(3);
  });

  test("loads the image that was built onto every node", async () => {
    const staged = await stageWithKind();
    await makeKind(staged).ended;
    const calls = await staged.calls();
    expect(calls).toContain(`docker build --load --tag ${IMAGE} .`);
    expect(calls).toContainEqual(expect.stringMatching(new RegExp(`^docker save -o \\S+ ${IMAGE}$`)));
    const imports = calls.filter((call) => / ctr .*images import /.test(call));
    expect(new Set(imports.map((call) => /portcullis-[0-9a-f]{8}-(\S+)/.exec(call)?.[1]))).toEqual(
      new Set(["control-plane", "worker", "worker2"]),
    );
  });

  test("uses the kubeconfig that kind writes, and leaves the user's own alone", async () => {
    const staged = await stageWithKind();
    await makeKind(staged).ended;
    const used = await readFile(path.join(staged.folder, "used-kubeconfig"), "utf8");
    expect(used).toMatch(/^current-context: kind-portcullis-[0-9a-f]{8}$/m);
    expect(used).toContain("server: https://127.0.0.1:16443\n");
    expect(await readdir(staged.folder)).not.toContain(".kube");
  });

  test("leaves no container and no file", async () => {
    const staged = await stageWithKind();
    await makeKind(staged).ended;
    expect(await containers(staged)).toBe("");
    expect(await readdir(path.join(staged.folder, "tmp"))).toEqual([]);
  });

  test.each(["docker exec --privileged portcullis-", "docker save"])(
    "leaves no container where %s fails",
    async (fails) => {
      const staged = await stageWithKind(`FAIL='${fails}'`);
      const { stderr, exitCode } = await makeKind(staged).ended;
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/^error: kind \S.* ended with exit code 1/m),
      ]);
      expect(await containers(staged)).toBe("");
    },
  );

  test("leaves no container where it is interrupted while the nodes start", async () => {
    const staged = await stageWithKind("HANG='docker logs'");
    const { ctrlC, ended } = makeKind(staged);
    const isWaiting = async (): Promise<boolean> =>
      (await staged.calls()).some((call) => call.startsWith("docker logs"));
    await eventually("it waits for a node", isWaiting);
    ctrlC();
    expect(await ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("interrupted") });
    expect(await containers(staged)).toBe("");
  });
});

itself("the configuration of the cluster", () => {
  test("names the image that this kind was released with", async () => {
    const staged = await stageWithKind();
    const { code } = await create(staged, "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n");
    expect(code).toBe(0);
    const [node = ""] = await nodesOf(staged);
    expect(await ours()).toContain(`image: ${node.replace("control-plane ", "")}\n`);
  });

  test.each([
    ["a field that kind does not know", "image:", "img:", "field img not found"],
    ["a role that is none", "role: worker", "role: server", '"server" is not a valid node role'],
    ["another version", "v1alpha4", "v1alpha9", "unknown apiVersion"],
    ["no control plane", "role: control-plane", "role: worker", "must have at least one control-plane node"],
  ])("would be refused by kind with %s", async (_, text, other, reason) => {
    const staged = await stageWithKind();
    const { code, stderr } = await create(staged, (await ours()).replace(text, other));
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
    expect(await nodesOf(staged)).toEqual([]);
  });
});
