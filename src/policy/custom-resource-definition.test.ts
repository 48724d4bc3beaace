import { expect, test } from "@jest/globals";
import { z } from "zod";
import { customResourceDefinitions } from "./custom-resource-definition.ts";

/** A node of a schema as the API server takes it; everything else is refused here. */
const Schema = z.strictObject({
  type: z.enum(["object", "array", "string"]),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  minItems: z.number().optional(),
  "x-kubernetes-preserve-unknown-fields": z.literal(true).optional(),
  "x-kubernetes-validations": z.array(z.strictObject({ rule: z.string(), message: z.string() })).optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get additionalProperties() {
    return Schema.optional();
  },
  get items() {
    return Schema.optional();
  },
});
type Schema = z.infer<typeof Schema>;

const Definition = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    group: z.string(),
    names: z.object({ plural: z.string() }),
    scope: z.string(),
    versions: z.tuple([
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: Schema }),
        additionalPrinterColumns: z.array(z.object({ jsonPath: z.string() })),
      }),
    ]),
  }),
});

const NAME = "policybindings.policy.portcullis.dev";
const { spec } = Definition.parse(customResourceDefinitions().get(NAME));
const [version] = spec.versions;
const schema = version.schema.openAPIV3Schema;
const bindingSpec = schema.properties?.["spec"];

function nodesOf(node: Schema): readonly Schema[] {
  const below = [
    ...Object.values(node.properties ?? {}),
    ...[node.items, node.additionalProperties].filter((each) => each !== undefined),
  ];
  return [node, ...below.flatMap(nodesOf)];
}

function takesAny(node: Schema): boolean {
  return node.additionalProperties !== undefined || node["x-kubernetes-preserve-unknown-fields"] === true;
}

test("a definition is named for its resource, which belongs to no namespace", () => {
  expect([...customResourceDefinitions().keys()]).toEqual([NAME]);
  expect(`${spec.names.plural}.${spec.group}`).toBe(NAME);
  expect([version.name, spec.scope]).toEqual(["v1alpha1", "Cluster"]);
});

test("its schema is structural: a node has properties or takes any, and a list says what is in it", () => {
  const nodes = nodesOf(schema);
  expect(nodes.filter((node) => node.properties !== undefined && takesAny(node))).toEqual([]);
  expect(nodes.filter((node) => (node.type === "array") !== (node.items !== undefined))).toEqual([]);
  expect(nodes.length).toBeGreaterThan(30);
});

test("everything that a person may write in a binding is described", () => {
  const fields = [bindingSpec, bindingSpec?.properties?.["match"]].flatMap((node) =>
    Object.entries(node?.properties ?? {}),
  );
  expect(fields.filter(([, node]) => node.description === undefined)).toEqual([]);
  expect(fields.map(([field]) => field)).toEqual(expect.arrayContaining(["policies", "objectSelector"]));
});

test("what the schema of files refuses, the API server refuses too", () => {
  expect(bindingSpec).toMatchObject({
    required: ["policies"],
    properties: {
      enforcement: { enum: ["deny", "warn", "audit"] },
      match: {
        properties: {
          users: { minItems: 1, items: { minLength: 1, pattern: "^[^*]*$" } },
          namespaces: { items: { pattern: "^[a-z0-9*.-]+$" } },
          objectSelector: {
            properties: { matchExpressions: { items: { "x-kubernetes-validations": [{}] } } },
          },
        },
      },
    },
  });
});

test("parameters are whatever the policy's own schema says", () => {
  const { description: _, ...parameters } = bindingSpec?.properties?.["parameters"] ?? {};
  expect(parameters).toEqual({ type: "object", "x-kubernetes-preserve-unknown-fields": true });
});

test("columns show what is there", () => {
  const paths = version.additionalPrinterColumns.map(({ jsonPath }) => jsonPath);
  const own = paths.filter((path) => path.startsWith(".spec.")).map((path) => path.slice(".spec.".length));
  expect(Object.keys(bindingSpec?.properties ?? {})).toEqual(expect.arrayContaining(own));
  expect(own).not.toHaveLength(0);
});
