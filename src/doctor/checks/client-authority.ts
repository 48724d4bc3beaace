import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Container, Deployment, Volume } from "../observe/objects.ts";
import { clusterTime, flagValue, type Facts, type Seen } from "../observe/observation.ts";
import { certificatesIn, lifeLeft } from "./pem.ts";

/** The object of the cluster that the file of `--client-ca` is mounted from. */
export interface MountedFile {
  readonly kind: "configmaps" | "secrets";
  readonly name: string;
  readonly key: string;
}

const ELSEWHERE = {
  kind: "unseen",
  reason: "its file is not mounted from one ConfigMap or Secret.",
} as const;

/** Absent where nobody is asked for a certificate. */
export function clientAuthorityFile({ spec }: Deployment): Seen<MountedFile> {
  const { containers, volumes } = spec.template.spec;
  for (const { args, volumeMounts } of containers) {
    const file = flagValue(args, "--client-ca");
    if (file !== undefined) return mounted(file, volumeMounts, volumes);
  }
  return { kind: "absent" };
}

function mounted(
  file: string,
  mounts: Container["volumeMounts"],
  volumes: readonly Volume[],
): Seen<MountedFile> {
  // A mount may lie within another one.
  const mount = mounts
    .filter(({ mountPath }) => file === mountPath || file.startsWith(folder(mountPath)))
    .toSorted((one, other) => one.mountPath.length - other.mountPath.length)
    .at(-1);
  const source = sourceOf(volumes.find(({ name }) => name === mount?.name));
  if (mount === undefined || mount.subPathExpr !== "" || source === undefined) return ELSEWHERE;
  const rest = file.slice(folder(mount.mountPath).length);
  const path = [mount.subPath, rest].filter((part) => part !== "").join("/");
  const { kind, name, items } = source;
  const key = items.length === 0 ? path : items.find((item) => item.path === path)?.key;
  return key === undefined
    ? { kind: "unseen", reason: `the volume of its file has no item ${path}.` }
    : { kind: "seen", value: { kind, name, key } };
}

/** With the slash at its end. */
function folder(mountPath: string): string {
  return `${mountPath.replace(/\/$/, "")}/`;
}

function sourceOf(volume: Volume | undefined) {
  if (volume?.configMap !== undefined) return { kind: "configmaps" as const, ...volume.configMap };
  if (volume?.secret === undefined) return undefined;
  const { secretName, items } = volume.secret;
  return { kind: "secrets" as const, name: secretName, items };
}

/** What should be left of the last authority; a person renews it, and restarts API servers for it. */
const LEFT = 1 / 15;

/** The authorities by which the servers know the API server, where they ask who it is. */
export function clientAuthorityFindings(facts: Facts): readonly Finding[] {
  const { deployment, clientAuthority, service } = facts;
  if (deployment.kind !== "seen") return [];
  const mount = clientAuthorityFile(deployment.value);
  if (mount.kind === "absent") return [];
  if (mount.kind === "unseen") return [lookFailed("certificate", "The authority of --client-ca", mount)];
  const file = mount.value;
  const kind = file.kind === "secrets" ? "Secret" : "ConfigMap";
  const what = `The authority of --client-ca, ${file.key} of the ${kind} ${service.namespace}/${file.name}`;
  if (clientAuthority.kind === "unseen") return [lookFailed("certificate", what, clientAuthority)];
  const pem = clientAuthority.kind === "seen" ? clientAuthority.value : undefined;
  const judged = judge(pem, clusterTime(facts));
  if (judged === undefined) return [];
  return [
    finding(judged.id, {
      message: `${what}, ${judged.text}.`,
      fix:
        judged.id === "client-authority-missing"
          ? "Put the authority of the API server's client certificate there."
          : "Put the next authority beside it, then give the API servers a certificate of that one (docs/install.md, 'Only the API server may ask').",
      command: `kubectl get ${file.kind} ${shellWord(file.name)} --namespace=${shellWord(service.namespace)}`,
    }),
  ];
}

interface Judgement {
  readonly id: "client-authority-missing" | "client-authority-expired" | "client-authority-ends-soon";
  /** A clause that follows the authority. */
  readonly text: string;
}

/** The last to end counts. */
function judge(pem: string | undefined, now: Date): Judgement | undefined {
  const authorities = certificatesIn(pem ?? "")?.toSorted(
    (one, other) => +one.validToDate - +other.validToDate,
  );
  const last = authorities?.at(-1);
  if (last === undefined) {
    return {
      id: "client-authority-missing",
      text: pem === undefined ? "is not there" : "is no PEM certificate",
    };
  }
  const end = last.validToDate.toISOString();
  if (now > last.validToDate) return { id: "client-authority-expired", text: `has expired at ${end}` };
  return lifeLeft(last, now) < LEFT
    ? { id: "client-authority-ends-soon", text: `ends at ${end}` }
    : undefined;
}
