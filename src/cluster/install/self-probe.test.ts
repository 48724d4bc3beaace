import { expect, test } from "@jest/globals";
import { FakeCluster, install } from "../../../test/fake-webhook-cluster.ts";

const POST =
  'failed to call webhook: Post "https://portcullis.portcullis-system.svc:443/validate?timeout=5s": ';

/** Words of an API server, as `portcullis doctor` reads them once something is installed. */
test.each([
  [`${POST}context deadline exceeded`, /firewalls \(private clusters: .*log tells what reached it\.$/],
  [`${POST}Address is not allowed`, /hostNetwork/],
  [`${POST}dial tcp: lookup portcullis.portcullis-system.svc: no such host`, /cannot resolve the name/],
  [`${POST}http: server gave HTTP response to HTTPS client`, /targetPort/],
  [
    "The client presents no certificate, which --client-ca requires.",
    /^Give every API server a client certificate/,
  ],
  [
    `${POST}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    /^Check that the authority named by --ca-file or --ca-secret is that of the server's certificate, /,
  ],
])(
  "where nothing could be installed because of %j, it is said what to do about that",
  async (words, remedy) => {
    const cluster = new FakeCluster();
    cluster.failing = words;
    expect((await install(cluster)).changed).toMatchObject({
      code: "WEBHOOK_UNREACHABLE",
      remedy: expect.stringMatching(remedy),
    });
  },
);

test("where somebody else answers, it is said to look who that is", async () => {
  const cluster = new FakeCluster();
  cluster.probe = async () => ({ code: 201, body: {} });
  expect((await install(cluster)).changed).toMatchObject({
    code: "WEBHOOK_UNREACHABLE",
    remedy: expect.stringMatching(/^Check that the Service or URL leads to Portcullis of this version/),
  });
});
