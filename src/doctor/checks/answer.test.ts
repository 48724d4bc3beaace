import { expect, test } from "@jest/globals";
import { withoutFail } from "../../cluster/webhooks/webhooks.ts";
import { ANSWERED, found, seen, stored, VALIDATING } from "../../../test/doctor/healthy.ts";

function answered(code: number, message?: string): readonly string[] {
  return found({ answers: seen([{ code, body: message === undefined ? {} : { message } }]) });
}

const CALLING =
  'Internal error occurred: failed calling webhook "exemption-guard.portcullis.dev": failed to call webhook: Post "https://x"';

test.each([
  ["nobody answers", `${CALLING}: dial tcp 10.0.0.1:8443: connect: connection refused`, "server-unreachable"],
  [
    "the Service has no endpoints",
    `${CALLING}: no endpoints available for service "portcullis"`,
    "server-unreachable",
  ],
  [
    "the authority is another",
    `${CALLING}: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    "certificate-refused",
  ],
  [
    "the certificate has expired",
    `${CALLING}: x509: certificate has expired or is not yet valid`,
    "certificate-refused",
  ],
])("where %s, the API server's own words are told", (_, message, id) => {
  expect(answered(500, message)).toEqual([expect.stringContaining(`${id}: `)]);
  expect(answered(500, message)[0]).toContain(message.split("failed to call webhook: ")[1]);
});

test("a known-bad object that is let in was not looked at", () => {
  expect(answered(201)).toEqual([
    expect.stringMatching(/^server-not-asked: .* does not ask this version of Portcullis\.$/),
  ]);
});

test("under Ignore an answer that never came looks the same, which is said", () => {
  const facts = {
    validating: seen([stored(withoutFail(VALIDATING))]),
    answers: seen([{ code: 201, body: {} }]),
  };
  expect(found(facts).join(" ")).toContain("or got no answer, which is not told under failurePolicy Ignore");
});

test.each([
  [
    "the person may not create Namespaces",
    403,
    'namespaces is forbidden: User "x" cannot create resource "namespaces"',
  ],
  ["another's webhook denies it", 403, 'admission webhook "w.example.com" denied the request: no'],
  [
    "another server answers",
    403,
    'admission webhook "exemption-guard.portcullis.dev" denied the request: no',
  ],
])("where %s, nothing is proved", (_, code, message) => {
  expect(answered(code, message)).toEqual([
    `not-checked: The way to Portcullis could not be looked at: ${message}.`,
  ]);
});

test("of several dry runs, it is told how many failed", () => {
  const refused = { code: 500, body: { message: `${CALLING}: connect: connection refused` } };
  expect(found({ answers: seen([ANSWERED, refused, ANSWERED, refused]) })).toEqual([
    expect.stringMatching(
      /^server-unreachable: In 2 of 4 dry runs: The API server cannot reach Portcullis: /,
    ),
  ]);
  expect(found({ answers: seen([ANSWERED, ANSWERED]) })).toEqual([]);
});

const failing = (reason: string) => ({ code: 500, body: { message: `${CALLING}: ${reason}` } });

test("each way to fail is told and counted by itself, and what proves nothing comes last", () => {
  const throttled = { code: 429, body: { message: "too many requests" } };
  const expired = failing("x509: certificate has expired or is not yet valid");
  const answers = seen([
    throttled,
    failing("connect: connection refused"),
    expired,
    failing("EOF"),
    ANSWERED,
  ]);
  expect(found({ answers })).toEqual([
    expect.stringMatching(/^server-unreachable: In 2 of 5 dry runs: .*connection refused\.$/),
    expect.stringMatching(/^certificate-refused: In 1 of 5 dry runs: /),
    "not-checked: In 1 of 5 dry runs: The way to Portcullis could not be looked at: too many requests.",
  ]);
});

test("dry runs that no API server answered count among the others", () => {
  expect(found({ answers: seen([ANSWERED, ANSWERED]), unseenAnswers: ["No answer in time."] })).toEqual([
    "not-checked: In 1 of 3 dry runs: The way to Portcullis could not be looked at: No answer in time.",
  ]);
});

test("servers that refuse the certificate of the API server say so", () => {
  const message = `${CALLING}: The client presents no certificate, which --client-ca requires.`;
  expect(answered(403, message)).toEqual([
    expect.stringMatching(/^client-certificate-refused: .*presents no certificate/),
  ]);
});

test("something else in between that refuses a certificate is not taken for Portcullis", () => {
  const message = `${CALLING}: remote error: tls: bad certificate`;
  expect(answered(500, message)).toEqual([expect.stringMatching(/^server-answers-wrong: /)]);
});
