// oxlint-disable jest/no-standalone-expect -- the rule does not see that `built` is `describe` or `describe.skip`
/** The webhook configurations beside the overlays are what `portcullis webhooks` makes, and lead to the Service. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { readManifests } from "../../src/cli/manifest/read.ts";
import { buildOverlay, find, KUBECTL, OVERLAYS } from "./overlay.ts";
import { ConfigMap, Service } from "./workload.ts";
import { OVERLAYS_WITH_WEBHOOKS, webhooksFile, webhooksText } from "./webhooks.ts";

const built = KUBECTL === undefined ? describe.skip : describe;

const Configuration = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  webhooks: z.array(
    z.object({
      failurePolicy: z.string(),
      clientConfig: z.object({
        service: z.object({ namespace: z.string(), name: z.string(), port: z.number() }),
      }),
    }),
  ),
});
const KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

test.each(OVERLAYS_WITH_WEBHOOKS)(
  "the webhooks of %s are current; `node test/manifests/webhooks.ts` writes them",
  async (overlay) => {
    expect(await readFile(webhooksFile(overlay), "utf8")).toBe(await webhooksText(overlay));
  },
);

built.each(OVERLAYS_WITH_WEBHOOKS)("the webhooks of %s", (overlay) => {
  const { name, resources, ...rest } = buildOverlay(`${overlay}/webhooks`);
  const configurations = KINDS.map((kind) => find({ name, resources, ...rest }, Configuration, kind));

  test("lead to the Service, at its port", () => {
    const { ports = [] } = find(buildOverlay(overlay), Service, "Service").spec;
    const port = ports.find((each) => each.name === "webhook")?.port;
    const services = configurations.flatMap(({ webhooks }) =>
      webhooks.map(({ clientConfig }) => clientConfig.service),
    );
    expect(services).toEqual(
      services.map(() =>
        expect.objectContaining({ namespace: "portcullis-system", name: "portcullis", port }),
      ),
    );
    expect(services).not.toHaveLength(0);
  });

  test("get their authority from the certificate that the overlay makes", () => {
    const certificates = buildOverlay(overlay).resources.filter(({ kind }) => kind === "Certificate");
    const names = certificates.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    for (const { metadata } of configurations)
      expect(names).toContain(metadata.annotations["cert-manager.io/inject-ca-from"]);
  });

  test("are made from all bindings of the overlay", async () => {
    const { data } = find(buildOverlay(overlay), ConfigMap, "ConfigMap", "portcullis-bindings");
    const selectors = await readFile(webhooksFile(overlay), "utf8");
    expect(readManifests("webhooks", selectors).problems).toEqual([]);
    expect(Object.keys(data).toSorted()).toEqual(
      overlay === "production" ? ["exclusions.yaml", "promotion.yaml"] : ["exclusions.yaml"],
    );
    expect(selectors).toContain("- cert-manager\n");
  });
});

test("every overlay with cert-manager has webhooks", () => {
  expect(OVERLAYS.filter((name) => !["local", "kind"].includes(name))).toEqual([...OVERLAYS_WITH_WEBHOOKS]);
});
