import { randomBytes } from "node:crypto";
import { z } from "zod";

/** A user of the API server, with the bearer token that proves it. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
  readonly token: string;
}

/** Where an API server listens. */
export interface ApiServer {
  /** `127.0.0.1` */
  readonly host: string;
  readonly port: number;
  /** The certificate that it shows, in PEM: it is its own authority. */
  readonly ca: string;
}

/** The token is random: other users of the machine reach the same loopback port. */
export function identity(name: string, groups: readonly string[]): Identity {
  return { name, groups, token: randomBytes(24).toString("base64url") };
}

/** The file of `--token-auth-file`, which the API server reads once, at its start. */
export function tokenFile(identities: readonly Identity[]): string {
  const lines = identities.map(({ name, groups, token }) =>
    [token, name, name, groups.join(",")].map(csvField).join(","),
  );
  return `${lines.join("\n")}\n`;
}

function csvField(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A kubeconfig as JSON, which every client reads as the YAML that it is. */
export function kubeconfig(server: ApiServer, { name, token }: Identity): string {
  const cluster = {
    server: `https://${server.host}:${server.port}`,
    "certificate-authority-data": Buffer.from(server.ca).toString("base64"),
  };
  const named = "portcullis";
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: named, cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name: named, context: { cluster: named, user: name, namespace: "default" } }],
      "current-context": named,
    },
    undefined,
    2,
  )}\n`;
}

const Kubeconfig = z.object({ users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]) });

/** The token in the text of such a kubeconfig. */
export function tokenIn(text: string): string {
  return Kubeconfig.parse(JSON.parse(text)).users[0].user.token;
}
