import { expect, test } from "@jest/globals";
import { callFailure, reasonOf } from "./call-failure.ts";

const POST = 'Post "https://portcullis.portcullis-system.svc:8443/validate?timeout=5s": ';

/** As Kubernetes 1.36 says it, recorded beside servers that were broken in these ways, but for the last three. */
test.each([
  [
    `${POST}dial tcp 10.0.0.1:8443: connect: connection refused`,
    "server-unreachable",
    /no server takes the call/,
  ],
  [
    `${POST}read tcp 10.0.0.2:33936->10.0.0.1:8443: read: connection reset by peer`,
    "server-unreachable",
    /NO_PROXY/,
  ],
  [`${POST}EOF`, "server-unreachable", /NO_PROXY/],
  [`${POST}context deadline exceeded`, "server-unreachable", /firewalls/],
  ['no endpoints available for service "portcullis"', "server-unreachable", /Pods are ready/],
  ['service "portcullis" not found', "server-unreachable", /Apply the manifests/],
  [`${POST}http: server gave HTTP response to HTTPS client`, "server-answers-wrong", /targetPort/],
  ["the server could not find the requested resource", "server-answers-wrong", /something else answers/],
  [
    'an error on the server ("oops") has prevented the request from succeeding',
    "server-answers-wrong",
    /something else/,
  ],
  [
    "received invalid webhook response: webhook response was absent",
    "server-answers-wrong",
    /something else/,
  ],
  [
    "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct",
    "server-answers-wrong",
    /something else answers/,
  ],
  [
    `${POST}readLoopPeekFailLocked: remote error: tls: certificate required`,
    "client-certificate-refused",
    /--client-ca/,
  ],
  [
    "The certificate of the client has none of the names that may ask for decisions. If it is the API server's, add it.",
    "client-certificate-refused",
    /--client-name/,
  ],
  [
    `${POST}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    "certificate-refused",
    /the checks `certificate` and `ca-bundle`/,
  ],
  [
    `${POST}tls: failed to verify certificate: x509: certificate is valid for a.example, not portcullis.portcullis-system.svc`,
    "certificate-refused",
    /a proxy/,
  ],
  // EKS with an overlay network, GKE with konnectivity, and a name that the machine of the API server cannot resolve.
  [`${POST}Address is not allowed`, "server-unreachable", /hostNetwork/],
  [`${POST}No agent available`, "server-unreachable", /konnectivity/],
  [`${POST}dial tcp: lookup admission.example on 10.0.0.10:53: no such host`, "server-unreachable", /DNS/],
])("%s", (reason, id, fix) => {
  expect(callFailure(reason)).toMatchObject({ id, fix: expect.stringMatching(fix) });
});

test("what is the same in every message is left out", () => {
  const message = 'Internal error occurred: failed calling webhook "exemption-guard.portcullis.dev": ';
  expect(reasonOf(`${message}failed to call webhook: ${POST}EOF`)).toBe(`${POST}EOF`);
  expect(reasonOf(`${message}received invalid webhook response: x`)).toBe(
    "received invalid webhook response: x",
  );
});
