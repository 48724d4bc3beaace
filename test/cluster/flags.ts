/** The flags of each process, pure. Everything listens on loopback or on a socket in the control plane's folder. */
import { join } from "node:path";
import type { NodePrograms } from "./obtain.ts";

export const HOST = "127.0.0.1";

/** Files and folders of one control plane; `root` is 0700 and goes when it ends. */
export interface Files {
  readonly root: string;
  readonly etcdData: string;
  /** A socket instead of a port: nobody else can have it, and no other user of the machine can open it. */
  readonly etcdSocket: string;
  readonly certificates: string;
  /** Self-signed; the API server makes it when it starts. */
  readonly ca: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly logs: string;
  readonly kubeconfigs: string;
}

export function filesBelow(root: string): Files {
  const certificates = join(root, "certificates");
  return {
    root,
    etcdData: join(root, "etcd"),
    etcdSocket: join(root, "etcd.sock"),
    certificates,
    ca: join(certificates, "apiserver.crt"),
    serviceAccountKey: join(root, "service-account.key"),
    tokens: join(root, "tokens.csv"),
    logs: join(root, "logs"),
    kubeconfigs: join(root, "kubeconfigs"),
  };
}

/** As Kubernetes' own integration tests start it: nobody dials what it advertises, and it has no peers. */
export function etcdFlags(files: Files): readonly string[] {
  return [
    `--data-dir=${files.etcdData}`,
    `--listen-client-urls=unix://${files.etcdSocket}`,
    `--advertise-client-urls=http://${HOST}:0`,
    `--listen-peer-urls=http://${HOST}:0`,
    // Nothing here has to survive the machine.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

export function apiServerFlags(files: Files, port: number): readonly string[] {
  return [
    `--etcd-servers=unix://${files.etcdSocket}`,
    `--bind-address=${HOST}`,
    `--secure-port=${port}`,
    // Without these it looks for a default route, and does not start on a machine that has none.
    `--advertise-address=${HOST}`,
    "--endpoint-reconciler-type=none",
    `--cert-dir=${files.certificates}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--token-auth-file=${files.tokens}`,
    "--authorization-mode=Node,RBAC",
    // Beside the plugins that are on by default; ServiceAccount is one of those.
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    "--service-cluster-ip-range=10.0.0.0/24",
  ];
}

export function controllerManagerFlags(files: Files, config: string): readonly string[] {
  return [
    ...clientFlags(config),
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    // As in a real cluster: a Pod is created by the account of its controller, not by an administrator.
    "--use-service-account-credentials=true",
    "--controllers=*,-bootstrapsigner,-tokencleaner",
    // With the default of 20 requests a second it takes four seconds until all controllers have their accounts.
    "--kube-api-qps=1000",
    "--kube-api-burst=1000",
  ];
}

export function schedulerFlags(config: string): readonly string[] {
  return clientFlags(config);
}

export function kwokFlags({ stages }: NodePrograms, config: string): readonly string[] {
  return [
    `--kubeconfig=${config}`,
    `--config=${stages}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
  ];
}

/** Port 0 means none; one process needs no election, which would only delay its start. */
function clientFlags(config: string): readonly string[] {
  return [
    `--kubeconfig=${config}`,
    `--authentication-kubeconfig=${config}`,
    `--authorization-kubeconfig=${config}`,
    "--secure-port=0",
    "--leader-elect=false",
  ];
}
