import { expect, test } from "@jest/globals";
import type { JsonObject } from "../../policy/json.ts";
import type { InstalledConfiguration } from "./store.ts";
import { managerOf } from "./wanted.ts";

/** A configuration of which each manager owns these fields of the entry `added.example.com`. */
function owned(...managers: readonly (readonly [string, JsonObject])[]): InstalledConfiguration {
  const managedFields = managers.map(([manager, fields]) => ({
    manager,
    operation: "Update",
    time: "",
    fieldsV1: { "f:webhooks": { 'k:{"name":"added.example.com"}': fields } },
  }));
  const id = { kind: "ValidatingWebhookConfiguration", name: "portcullis" } as const;
  return { id, annotations: {}, webhooks: [], managedFields, uid: "u", resourceVersion: "7", body: {} };
}

const ADDED = { entry: "added.example.com", field: undefined };
const INJECTOR = [
  "cert-manager-cainjector",
  { ".": {}, "f:name": {}, "f:clientConfig": { "f:caBundle": {} } },
] as const;

test("who has added an entry is who set it, not who injects caBundle", () => {
  const editor = ["kubectl-edit", { ".": {}, "f:name": {}, "f:failurePolicy": {} }] as const;
  expect(managerOf(ADDED, owned(INJECTOR, editor))).toBe("kubectl-edit");
  expect(managerOf(ADDED, owned(INJECTOR))).toBeUndefined();
});

test("who has changed caBundle may be who injects it", () => {
  const changed = { entry: "added.example.com", field: "clientConfig.caBundle" };
  expect(managerOf(changed, owned(INJECTOR))).toBe("cert-manager-cainjector");
});
