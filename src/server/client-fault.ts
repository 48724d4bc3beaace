import { PortcullisError } from "../error.ts";

interface Fault {
  /** OpenSSL's X509_V_ERR_… without that prefix. */
  readonly codes: RegExp;
  readonly message: string;
  readonly remedy: string;
}

const CONFIGURE_API_SERVER =
  "If it is the API server, let it present one of an authority of --client-ca (docs/install.md); nobody else has to call this port.";

const FAULTS: readonly Fault[] = [
  {
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    message: "The certificate of the client, or of its authority, is not valid now",
    remedy: "Renew it, and compare the clocks.",
  },
  {
    codes: /^INVALID_PURPOSE$/,
    message: "The certificate of the client is not for clients",
    remedy: "Use one whose extended key usage has clientAuth.",
  },
];

const OTHER: Omit<Fault, "codes"> = {
  message: "The certificate of the client comes from no authority of --client-ca",
  remedy: CONFIGURE_API_SERVER,
};

/** A certificate that is not accepted; `code` as OpenSSL names what is wrong with it. Its texts are a closed set. */
export function certificateUnaccepted(code: string): PortcullisError {
  const { message, remedy } = FAULTS.find(({ codes }) => codes.test(code)) ?? OTHER;
  return new PortcullisError("CLIENT_FORBIDDEN", { message: `${message} (${code}).`, remedy });
}

export function certificateMissing(): PortcullisError {
  return new PortcullisError("CLIENT_FORBIDDEN", {
    message: "The client presents no certificate, which --client-ca requires.",
    remedy: CONFIGURE_API_SERVER,
  });
}

/** The same text for all: who the client is would be a text of its choice. */
export function nameUnknown(): PortcullisError {
  return new PortcullisError("CLIENT_FORBIDDEN", {
    message: "The certificate of the client has none of the names that may ask for decisions.",
    remedy: "If it is the API server's, add its common name or a DNS name of it with --client-name.",
  });
}
