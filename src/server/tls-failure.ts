import { PortcullisError } from "../error.ts";

interface Reason {
  /** Codes of Node (`ERR_TLS_…`) and of OpenSSL (`ERR_SSL_…`, whose wording differs a little from version to version). */
  readonly codes: RegExp;
  readonly message: string;
  readonly remedy: string;
}

const REASONS: readonly Reason[] = [
  {
    codes: /ALERT_(UNKNOWN_CA|.*CERTIFICATE)/,
    message: "The client does not accept the certificate of the server",
    remedy:
      "Give the client the CA of that certificate (`caBundle` of a webhook configuration), and check that it is for the name that the client calls.",
  },
  {
    codes: /^ERR_SSL_HTTPS?_(PROXY_)?REQUEST$/,
    message: "The client speaks plain HTTP to the HTTPS port",
    remedy: "Call https://, or the metrics port for /livez, /readyz and /metrics.",
  },
  {
    codes: /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/,
    message: "The client speaks no TLS version from 1.2 on",
    remedy: "Use a client with TLS 1.2 or 1.3.",
  },
  {
    codes: /NO_APPLICATION_PROTOCOL/,
    message: "The client does not offer HTTP/1.1",
    remedy: "Let the client offer `http/1.1` by ALPN.",
  },
  {
    codes: /NO_SHARED_CIPHER|NO_SUITABLE|NO_SHARED/,
    message: "The client and the server have no cipher or signature algorithm in common",
    remedy: "Use a client, or a key of the server, with an algorithm that both know.",
  },
  {
    codes: /^ERR_TLS_HANDSHAKE_TIMEOUT$/,
    message: "The client did not finish the TLS handshake in time",
    remedy: "Look for a client that stalls, or a network that loses packets.",
  },
];

const OTHER: Omit<Reason, "codes"> = {
  message: "The TLS handshake failed",
  remedy: "Find out who calls this port, and with which protocol.",
};

/** A TLS handshake that failed, in plain words; Node's code is in brackets. Its texts are a closed set. */
export function tlsFailed(cause: NodeJS.ErrnoException): PortcullisError {
  const code = cause.code ?? "unknown";
  const { message, remedy } = REASONS.find(({ codes }) => codes.test(code)) ?? OTHER;
  return new PortcullisError("TLS_FAILED", { message: `${message} (${code}).`, remedy, cause });
}
