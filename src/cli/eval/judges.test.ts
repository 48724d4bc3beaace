/** Manifests judged in this thread and on others, with namespaces and resources that are read later. */
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { sampleBinding } from "../../../test/samples.ts";
import { buildFolder, policyFolder } from "../../../test/policy-folder.ts";
import { readBundle } from "../../build/read-bundle.ts";
import { DEFAULT_EXCLUSIONS } from "../../policy/binding.ts";
import { stringMember } from "../../policy/json.ts";
import type { Program } from "../../workers/program.ts";
import { Judges, type JudgedManifest } from "./judges.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { readManifests } from "../manifest/read.ts";

const DENIES = `package z.denies

deny contains msg if {
	msg := sprintf("%s in %s", [input.request.object.metadata.name, input.request.resource.resource])
}
`;

const BINDING = sampleBinding("strict", {
  policies: ["z/denies"],
  match: {
    resources: ["pods", "mice.example.com"],
    namespaceSelector: { matchLabels: { level: "strict" } },
  },
});

const NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: { name: team, labels: { level: strict } }\n";

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: mice.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Mouse, plural: mice }
`;

let program: Program;
const open: Judges[] = [];

beforeAll(async () => {
  const { file } = await buildFolder(await policyFolder({ "z/denies.rego": DENIES }));
  const bundle = await readBundle(file);
  program = { bundle, file, bindings: [BINDING], exclusions: DEFAULT_EXCLUSIONS, namespaces: new Map() };
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((judges) => judges.end()));
});

function judgesOn(cores: number): Judges {
  const judges = new Judges(program, {
    stage: "validate",
    operation: "CREATE",
    namespace: "default",
    userInfo: { username: "u", groups: [] },
    replaced: () => undefined,
    cores,
  });
  open.push(judges);
  judges.expect(10_000_000);
  return judges;
}

function manifests(text: string): readonly Manifest[] {
  return readManifests("all.yaml", text).manifests;
}

function object(apiVersion: string, kind: string, name: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: team }\n`;
}

async function shown(judges: Judges): Promise<readonly string[]> {
  const given: JudgedManifest[] = [];
  for await (const each of judges.results()) given.push(each);
  return given.map(({ manifest, result }) => {
    const name = `${stringMember(manifest.head, "kind")} ${manifest.source.document}`;
    if (result.kind === "rejected") return `${name}: ${result.error.code}`;
    const { decision, findings, errors } = result.judgement;
    return [
      `${name}: ${decision}`,
      ...findings.map(({ message }) => message),
      ...errors.map(({ code }) => code),
    ].join(" ");
  });
}

const OBJECTS = manifests(
  [object("v1", "Pod", "web"), object("example.com/v1", "Mouse", "jerry")].join("---\n"),
);
const KNOWLEDGE = manifests([NAMESPACE, DEFINITION].join("---\n"));

const JUDGED = ["Pod 1: deny web in pods", "Mouse 2: deny jerry in mice"];

test.each([1, 3])(
  "a namespace or resource that is read later is known to all, with %i cores",
  async (cores) => {
    const judges = judgesOn(cores);
    judges.add(OBJECTS);
    judges.add(KNOWLEDGE);
    expect((await shown(judges)).slice(0, 2)).toEqual(JUDGED);
  },
);

test("what was judged before its namespace and its resource were known is judged again", async () => {
  const judges = judgesOn(2);
  judges.add(OBJECTS);
  const before = await shown(judges);
  judges.add(KNOWLEDGE);
  const after = await shown(judges);
  expect(before).not.toEqual(JUDGED);
  expect(after).toEqual([...JUDGED, "Namespace 1: allow", "CustomResourceDefinition 2: allow"]);
});

test.each([1, 3])("many manifests are judged in their order, with %i cores", async (cores) => {
  const pods = Array.from({ length: 150 }, (_, index) => object("v1", "Pod", `web-${index}`));
  const judges = judgesOn(cores);
  judges.add(KNOWLEDGE);
  judges.add(manifests(pods.join("---\n")));
  const expected = pods.map((_, index) => `Pod ${index + 1}: deny web-${index} in pods`);
  expect((await shown(judges)).slice(2)).toEqual(expected);
});
