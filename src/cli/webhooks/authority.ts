import { readFile } from "node:fs/promises";
import { readPem } from "../../certificates/authority.ts";
import { bundleText } from "../../certificates/encode-secret.ts";
import { PortcullisError } from "../../error.ts";
import type { ClusterChoice } from "../../cluster/api/kubeconfig.ts";

/** Where the certificates are that the server's certificate is checked against. */
export interface AuthoritySource extends ClusterChoice {
  /** PEM file. */
  readonly caFile: string | undefined;
  /** Its `ca.crt`, as cert-manager and `serve --manage-certificates` keep it. */
  readonly caSecret: { readonly namespace: string; readonly name: string } | undefined;
}

/**
 * PEM certificates in base64, as `caBundle` has them; undefined if none were named. Throws CERTIFICATE_UNREADABLE, and for
 * a Secret what calls of the API server throw.
 */
export async function readAuthority(source: AuthoritySource): Promise<string | undefined> {
  const { caFile, caSecret } = source;
  if (caSecret !== undefined) return certificatesOf(await secretText(caSecret, source), nameOf(caSecret));
  if (caFile === undefined) return undefined;
  const pem = await readFile(caFile).catch((cause: unknown) => {
    throw unusable(caFile, "it could not be read", cause);
  });
  return certificatesOf(pem, caFile);
}

async function secretText(
  id: NonNullable<AuthoritySource["caSecret"]>,
  choice: ClusterChoice,
): Promise<Buffer> {
  // The client's library is large, and who reads a file does not need it.
  const [{ apiRequests }, { clusterAccess }, { secretStore }] = await Promise.all([
    import("../../cluster/api/request.ts"),
    import("../../cluster/api/kubeconfig.ts"),
    import("../../certificates/secret-store.ts"),
  ]);
  const { secret } = await secretStore(apiRequests(clusterAccess(choice)), id).read();
  if (secret === undefined) throw unusable(nameOf(id), "there is no such Secret");
  const text = secret.data["ca.crt"];
  if (text === undefined) throw unusable(nameOf(id), "it has no ca.crt");
  return Buffer.from(text);
}

function nameOf({ namespace, name }: NonNullable<AuthoritySource["caSecret"]>): string {
  return `Secret ${namespace}/${name}`;
}

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;

/** The certificates and nothing else: everybody may read a `caBundle`. */
function certificatesOf(text: Buffer, where: string): string {
  const pem = text.toString("latin1");
  const { authorities, isDamaged } = readPem(pem);
  if (PRIVATE_KEY.test(pem)) throw unusable(where, "it holds a private key, and a caBundle is read by many");
  if (authorities.length === 0) throw unusable(where, "it holds no PEM certificate");
  if (isDamaged) throw unusable(where, "a certificate in it cannot be read");
  return Buffer.from(bundleText(authorities)).toString("base64");
}

function unusable(where: string, why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("CERTIFICATE_UNREADABLE", {
    message: `The certificate authority ${where} cannot be used: ${why}.`,
    remedy:
      "Name the authority that signed the server's certificate: its PEM file with --ca-file, or a Secret that has it as ca.crt with --ca-secret.",
    ...(where.startsWith("Secret ") ? {} : { position: { file: where } }),
    cause,
  });
}
