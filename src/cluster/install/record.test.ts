import { expect, test } from "@jest/globals";
import { sampleSnapshot } from "../../../test/samples.ts";
import { parseRecord, RECORD_ANNOTATION, recorded } from "./record.ts";
import type { WebhookServer } from "../webhooks/configuration.ts";
import { webhookConfigurations, withoutFail } from "../webhooks/webhooks.ts";

const SERVICE = { namespace: "portcullis-system", name: "portcullis", port: 8443 };

test.each<[string, WebhookServer]>([
  ["a Service", { service: SERVICE, caBundle: undefined }],
  ["a URL", { url: "https://portcullis.example.com:8443", caBundle: undefined }],
])("%s is read as it was written down, with the choice of Ignore", (_, server) => {
  const { validating } = webhookConfigurations(sampleSnapshot(), { ...server, caBundle: "T2xk" });
  const read = (configuration: typeof validating) =>
    parseRecord(recorded(configuration, server).metadata.annotations?.[RECORD_ANNOTATION] ?? "");
  expect(read(validating)).toEqual({ server, isUnderIgnore: false });
  expect(read(withoutFail(validating))).toEqual({ server, isUnderIgnore: true });
});

test.each([
  "",
  "{",
  "null",
  JSON.stringify({ url: "http://portcullis.example.com" }),
  JSON.stringify({ service: { ...SERVICE, port: "8443" } }),
  JSON.stringify({ service: SERVICE, failurePolicy: "Fail" }),
  JSON.stringify({ service: SERVICE, url: "https://portcullis.example.com" }),
])("nothing that no installation writes is a record: %s", (text) => {
  expect(parseRecord(text)).toBeUndefined();
});
