import type { SynthesisOptions } from "../../admission/synthesize.ts";
import { RegoObject, type RegoValue } from "../../engine/index.ts";
import type { FixtureFile, FixtureObject, FixtureReader } from "../../policy-test/fixtures/index.ts";
import { stringMember } from "../../policy/json.ts";
import type { LineEdit } from "../../report/unified-diff.ts";
import { loadBindings } from "../load-bindings.ts";
import { patchSource } from "../manifest/edit/patch-source.ts";
import { blockLines } from "../manifest/edit/render.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { readManifests } from "../manifest/read.ts";
import { customResourcesIn, namespacesIn, reviewInput } from "../review-input.ts";

/** Reads fixtures as `eval` reads manifests, with its defaults: who creates which object where. */
export const FIXTURE_READER: FixtureReader = {
  read: (file, text) => fixtureFile(text, readManifests(file, text)),
  readBindings: (file) => loadBindings([file]),
};

const DEFAULTS = {
  uid: "fixture",
  operation: "CREATE",
  namespace: "default",
  userInfo: { username: "kubernetes-admin", groups: ["system:authenticated"] },
} as const;

const TELL_OF_OTHERS: ReadonlyMap<string, string> = new Map([
  ["Namespace", "namespaces"],
  ["CustomResourceDefinition", "customresourcedefinitions.apiextensions.k8s.io"],
]);

function fixtureFile(text: string, { manifests, problems }: ReturnType<typeof readManifests>): FixtureFile {
  const options = { ...DEFAULTS, customResources: customResourcesIn(manifests) };
  return {
    objects: manifests.map((manifest) => fixtureObject(text, manifest, options)),
    problems,
    namespaces: namespacesIn(manifests),
  };
}

function fixtureObject(source: string, manifest: Manifest, options: SynthesisOptions): FixtureObject {
  const { body, objectPath } = reviewInput(manifest, options);
  return {
    ...manifest.source,
    text: manifest.text,
    recorded: objectPath.length > 0,
    tellsOfOthers: TELL_OF_OTHERS.get(stringMember(manifest.head, "kind") ?? ""),
    body,
    locate: (path) => manifest.locate([...objectPath, ...path]),
    patched: (patch) => {
      const edit = patchSource(source, manifest, objectPath, patch);
      return edit === undefined ? undefined : withEdit(source, edit);
    },
  };
}

function withEdit(source: string, { line, before, after }: LineEdit): string {
  let start = 0;
  for (let current = 1; current < line; current += 1) start = source.indexOf("\n", start) + 1;
  // A byte order mark stands before the first line.
  const at = source.indexOf(before, start);
  return source.slice(0, at) + after + source.slice(at + before.length);
}

/** How this project and `kubectl get -o yaml` indent. */
const STYLE = { step: 2, listStep: 2, unit: "  " };

/** An object as a YAML file. */
export function yamlFile(object: RegoValue): string {
  return object instanceof RegoObject ? `${blockLines(object, 0, STYLE).join("\n")}\n` : "";
}
