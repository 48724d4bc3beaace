import { finding, lookFailed, shellWord, type Finding } from "../findings/finding.ts";
import type { Deployment, Volume } from "../observe/objects.ts";
import { clusterTime, flagValue, type Facts } from "../observe/observation.ts";
import { certificatesIn, lifeLeft } from "./pem.ts";

/** The object of the cluster that the file of `--client-ca` is mounted from. */
export interface MountedFile {
  readonly kind: "configmaps" | "secrets";
  readonly name: string;
  readonly key: string;
}

/** Undefined where nobody is asked for a certificate, or the file comes from elsewhere than a ConfigMap or a Secret. */
export function clientAuthorityFile(deployment: Deployment): MountedFile | undefined {
  const file = flagValue(deployment, "--client-ca");
  if (file === undefined) return undefined;
  const { containers, volumes } = deployment.spec.template.spec;
  const mount = containers
    .flatMap(({ volumeMounts }) => volumeMounts)
    .find(({ mountPath }) => file.startsWith(`${mountPath.replace(/\/$/, "")}/`));
  const volume = volumes.find(({ name }) => name === mount?.name);
  const key = file.split("/").at(-1) ?? "";
  return volume === undefined ? undefined : sourceOf(volume, key);
}

function sourceOf({ configMap, secret }: Volume, key: string): MountedFile | undefined {
  if (configMap !== undefined) return { kind: "configmaps", name: configMap.name, key };
  return secret === undefined ? undefined : { kind: "secrets", name: secret.secretName, key };
}

/** What should be left of the last authority; a person renews it, and restarts API servers for it. */
const LEFT = 1 / 15;

/** The authorities by which the servers know the API server, where they ask who it is. */
export function clientAuthorityFindings(facts: Facts): readonly Finding[] {
  const { deployment, clientAuthority, service } = facts;
  const file = deployment.kind === "seen" ? clientAuthorityFile(deployment.value) : undefined;
  if (file === undefined) return [];
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
