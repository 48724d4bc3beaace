import { connect as connectTcp } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { createAuthority, createServerCertificate, type KeyPair } from "../certificates/certificate.ts";
import type { PortcullisError } from "../error.ts";
import { listenHttps } from "./listen.ts";
import { tlsFailed } from "./tls-failure.ts";

let certificate: KeyPair;

beforeAll(async () => {
  const now = new Date();
  const authority = await createAuthority("test CA", 2, now);
  certificate = await createServerCertificate({ dns: ["localhost"], ip: [] }, 1, authority, now);
});

interface Address {
  readonly port: number;
  readonly host: "localhost";
}

/** What the server says about a connection that never becomes one. */
async function failure(connecting: (address: Address) => { destroy(): unknown }): Promise<PortcullisError> {
  const { promise, resolve } = Promise.withResolvers<PortcullisError>();
  const setting = { port: 0, flag: "--port", variable: "PORT" };
  const server = await listenHttps({ app: () => undefined, setting, certificate, rejected: resolve });
  const client = connecting({ port: server.port, host: "localhost" });
  const error = await promise;
  client.destroy();
  await server.stop();
  return error;
}

function tls(options: ConnectionOptions): (address: Address) => { destroy(): unknown } {
  return (address) => connect({ ...address, ...options }).on("error", () => undefined);
}

describe("a handshake that fails says why", () => {
  test.each<[string, Parameters<typeof failure>[0], RegExp]>([
    [
      "plain HTTP",
      (address) => {
        const client = connectTcp(address).on("error", () => undefined);
        client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        return client;
      },
      /^The client speaks plain HTTP to the HTTPS port \(ERR_SSL_HTTP_REQUEST\)\.$/,
    ],
    ["HTTP/2 only", tls({ ALPNProtocols: ["h2"] }), /^The client does not offer HTTP\/1\.1 \(/],
    [
      "TLS 1.1 only",
      // SECLEVEL 0 lets this client offer TLS 1.1 at all; the refusal must come from the server.
      tls({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }),
      /^The client speaks no TLS version from 1\.2 on \(/,
    ],
    [
      "no common cipher",
      tls({ maxVersion: "TLSv1.2", ciphers: "AES128-SHA256" }),
      /^The client and the server have no cipher or signature algorithm in common \(/,
    ],
  ])("%s", async (_name, connecting, message) => {
    expect(await failure(connecting)).toMatchObject({
      code: "TLS_FAILED",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(/\.$/),
    });
  });

  // Node as a client looks at the certificate only after the handshake: these alerts come from other clients.
  test.each([
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN",
    "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED",
  ])("%s is a client that does not trust the server", (code) => {
    const error = tlsFailed(Object.assign(new Error("alert"), { code }));
    expect(error.message).toBe(`The client does not accept the certificate of the server (${code}).`);
    expect(error.remedy).toContain("caBundle");
  });

  test("what nobody thought of keeps its code", () => {
    const error = tlsFailed(Object.assign(new Error("odd"), { code: "ERR_SSL_ODD" }));
    expect(error.message).toBe("The TLS handshake failed (ERR_SSL_ODD).");
  });
});
