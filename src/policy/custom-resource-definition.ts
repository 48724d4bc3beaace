import { z } from "zod";
import { API_VERSION, PolicyBinding } from "./binding.ts";

/** What `kubectl get` shows of a resource beside its name. */
interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "date";
  readonly jsonPath: string;
  readonly description: string;
}

interface CustomResource {
  readonly kind: string;
  readonly singular: string;
  readonly plural: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}

const POLICY_BINDING: CustomResource = {
  kind: "PolicyBinding",
  singular: "policybinding",
  plural: "policybindings",
  description: "Says which policies apply where, with which parameters and which enforcement.",
  spec: PolicyBinding.shape.spec,
  columns: [
    {
      name: "Policies",
      type: "string",
      jsonPath: ".spec.policies",
      description: "The policies that the binding names.",
    },
    {
      name: "Enforcement",
      type: "string",
      jsonPath: ".spec.enforcement",
      description: "What becomes of a violation; empty where each policy says it itself.",
    },
    {
      name: "Age",
      type: "date",
      jsonPath: ".metadata.creationTimestamp",
      description: "The time since the binding was created.",
    },
  ],
};

/**
 * The CustomResourceDefinitions (`apiextensions.k8s.io/v1`) of the kinds that can be custom resources, by their names.
 * The schema that checks files is their only source.
 */
export function customResourceDefinitions(): ReadonlyMap<string, object> {
  return new Map([POLICY_BINDING].map((resource) => [`${resource.plural}.${GROUP}`, definition(resource)]));
}

const [GROUP = "", VERSION = ""] = API_VERSION.split("/");

function definition({ kind, singular, plural, description, spec, columns }: CustomResource): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, singular, plural },
      scope: "Cluster",
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              description,
              required: ["spec"],
              // The API server checks these itself and takes no schema of ours for them.
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: structuralSchema(spec),
              },
            },
          },
          additionalPrinterColumns: columns,
        },
      ],
    },
  };
}

/**
 * What a person may write, as the API server wants it: a structural schema names properties or takes any, never both,
 * and drops unknown ones by itself, so `additionalProperties: false` is forbidden
 * (k8s.io/apiextensions-apiserver, pkg/apiserver/schema). Defaults are left out: they are filled in where a binding is
 * read, so that objects stay as they were written and a later default reaches them.
 */
function structuralSchema(schema: z.ZodType): object {
  const { $schema: _, ...structural } = z.toJSONSchema(schema, {
    io: "input",
    target: "openapi-3.0",
    override: ({ jsonSchema }) => {
      delete jsonSchema.default;
      const { additionalProperties } = jsonSchema;
      if (typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0) return;
      delete jsonSchema.additionalProperties;
      if (additionalProperties !== undefined && additionalProperties !== false)
        jsonSchema["x-kubernetes-preserve-unknown-fields"] = true;
    },
  });
  return structural;
}
