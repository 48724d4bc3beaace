import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import path from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { certificates } from "../life/life.ts";

/** Another mutating webhook, as a mesh or an agent brings one along. */
export interface SecondWebhook {
  /** Registers it for new Pods; by its name it is called after Portcullis. */
  readonly configuration: object;
  /** How often it was asked. */
  readonly calls: () => number;
  stop(): void;
}

/** The container that it adds to Pods that lack it, and says nothing else about. */
const ADDED = { name: "second", image: "registry.example/agent:1" };

const Review = z.object({
  request: z.object({
    uid: z.string(),
    object: z.object({ spec: z.object({ containers: z.array(z.object({ name: z.string() })) }) }),
  }),
});

/** Starts its server on a free port of this computer. */
export async function startSecondWebhook(): Promise<SecondWebhook> {
  const folder = await certificates();
  const file = (name: string): Promise<Buffer> => readFile(path.join(folder, name));
  let calls = 0;
  const server = createServer(
    { cert: await file("tls.crt"), key: await file("tls.key") },
    (request, response) => {
      calls += 1;
      void text(request).then((body) => response.end(JSON.stringify(answer(JSON.parse(body)))));
    },
  ).listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The second webhook has no port.");
  const caBundle = (await file("ca.crt")).toString("base64");
  return {
    configuration: configuration({ url: `https://localhost:${address.port}/`, caBundle }),
    calls: () => calls,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(body: unknown): object {
  const { uid, object } = Review.parse(body).request;
  const has = object.spec.containers.some(({ name }) => name === ADDED.name);
  const patch = has ? [] : [{ op: "add", path: "/spec/containers/-", value: ADDED }];
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: true,
      patchType: "JSONPatch",
      patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
    },
  };
}

function configuration(clientConfig: object): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "zz-second" },
    webhooks: [
      {
        name: "second.example.com",
        clientConfig,
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        failurePolicy: "Fail",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        // Without it the order of the two would not show.
        reinvocationPolicy: "Never",
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
      },
    ],
  };
}
