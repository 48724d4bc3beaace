/** Why a call of an API server failed, by its own words, and what to do about that. */
interface CallFailure {
  readonly words: RegExp;
  /** Named as the finding of `portcullis doctor` (`src/doctor/findings`). */
  readonly id:
    | "server-unreachable"
    | "certificate-refused"
    | "client-certificate-refused"
    | "server-answers-wrong";
  readonly fix: string;
}

type Diagnosis = Pick<CallFailure, "id" | "fix">;

const NO_CERTIFICATE =
  "Give every API server a client certificate that an authority of --client-ca signed, of a name that --client-name lets in (docs/install.md, 'Only the API server may ask'). Until then take --client-ca out of the Deployment's arguments.";

const WRONG_PORT =
  "The port of the Service leads to something else than the admission port: look at its targetPort, and at --port among the Deployment's arguments.";
const NO_SUCH_TLS =
  "Something else than Portcullis may answer at that address, such as a proxy or a service mesh: see which Pods the Service leads to, what was put beside the server in them, and what their logs say.";
const NO_DECISION: Diagnosis = {
  id: "server-answers-wrong",
  fix: "If these are words of Portcullis, docs/errors.md and its log have more of them. Else something else answers there: see which Pods the Service leads to, and whether all run this version of Portcullis.",
};

/** Texts of k8s.io/apiserver, Go's net and crypto/tls, and konnectivity; the first that fits counts, and one does. */
const FAILURES: readonly CallFailure[] = [
  // Portcullis's own (src/server/client-fault.ts).
  {
    words: /The (certificate of the client|client presents no certificate)/,
    id: "client-certificate-refused",
    fix: NO_CERTIFICATE,
  },
  // What it quotes is anybody's.
  { words: /an error on the server \(/, ...NO_DECISION },
  {
    words: /proxyconnect/,
    id: "server-unreachable",
    fix: "The API server goes by its HTTPS_PROXY, which fails: leave out `.svc` and the network of the Services by NO_PROXY.",
  },
  { words: /remote error: tls: /, id: "server-answers-wrong", fix: NO_SUCH_TLS },
  {
    words: /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/,
    id: "server-answers-wrong",
    fix: WRONG_PORT,
  },
  {
    words: /x509: certificate is valid for .*, not /,
    id: "certificate-refused",
    fix: "If the check `certificate` finds that the Secret's certificate is for this name, something else answers at that address: another server behind the Service, or a proxy (the API server's HTTPS_PROXY has to leave out `.svc` and the network of the Services by NO_PROXY).",
  },
  {
    words: /x509|tls: .*certificate|root certificates|PEM block/,
    id: "certificate-refused",
    fix: "See the checks `certificate` and `ca-bundle`: what is served and what the webhooks trust must fit.",
  },
  { words: /tls: /, id: "server-answers-wrong", fix: NO_SUCH_TLS },
  {
    words: /service "[^"]*" not found/,
    id: "server-unreachable",
    fix: "The Service that the webhooks name is gone. Apply the manifests of your overlay again.",
  },
  {
    words: /no endpoints available|no service port/,
    id: "server-unreachable",
    fix: "See that Pods are ready and that the Service leads to them; docs/recovery.md says how to go on meanwhile.",
  },
  {
    words: /no such host|lookup /,
    id: "server-unreachable",
    fix: "The API server cannot resolve the name that the webhooks have: use a Service, or mend the DNS of the API server's machine.",
  },
  {
    words: /Address is not allowed|No agent available|proxy/i,
    id: "server-unreachable",
    fix: "This control plane reaches Pods only by a tunnel or on the nodes' network: see that the tunnel's agents (konnectivity) run, or run the Pods with hostNetwork where the Pods' network is an overlay.",
  },
  {
    words: /connection refused|connection reset|EOF/,
    id: "server-unreachable",
    fix: "The machine answers, but no server takes the call: see that Pods are ready, what the targetPort of the Service is, and whether the API server's HTTPS_PROXY leaves out `.svc` and the network of the Services (NO_PROXY).",
  },
  {
    words:
      /context deadline exceeded|i\/o timeout|TLS handshake timeout|no route to host|network is unreachable|request canceled/,
    id: "server-unreachable",
    fix: "No answer came: let the API server reach the Pods' port, 8443, through firewalls (private clusters: a rule from the control plane to the nodes), NetworkPolicies and node networks. If it comes and goes, look at how busy the Pods are.",
  },
];

const UNREACHABLE: Diagnosis = {
  id: "server-unreachable",
  fix: "See that Pods are ready and that no NetworkPolicy or firewall is between them and the API server; docs/recovery.md says how to go on meanwhile.",
};

/** `message` as the API server gives it. */
export function callFailure(message: string): Diagnosis {
  // What fails before there is an answer names the address, whose words are somebody's names.
  const said = message.replace(/Post "[^"]*"/, "Post");
  const known = FAILURES.find(({ words }) => words.test(said));
  return known ?? (said === message ? NO_DECISION : UNREACHABLE);
}

/** The message without what is the same in all of them. */
export function reasonOf(message: string): string {
  return message.replace(
    /^(Internal error occurred: )?failed calling webhook "[^"]*": (failed to call webhook: )?/,
    "",
  );
}
