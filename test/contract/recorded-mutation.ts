import fastJsonPatch, { type Operation } from "fast-json-patch";
import { z } from "zod";

const Versioned = z
  .looseObject({
    metadata: z.looseObject({
      deletionTimestamp: z.string().nullish(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
    spec: z.record(z.string(), z.unknown()).default({}),
  })
  .nullable();
const Review = z.looseObject({
  request: z.looseObject({ operation: z.string(), object: z.unknown(), oldObject: z.unknown() }),
});
const Operations = z.array(z.looseObject({ op: z.enum(["add", "replace", "remove"]), path: z.string() }));

/** The review with its object patched by a library that knows nothing of ours; undefined without a patch. */
export function withPatchedObject(text: string, patch: readonly unknown[]): string | undefined {
  if (patch.length === 0) return undefined;
  const review = Review.parse(JSON.parse(text));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema has read them, with whatever values
  const operations = Operations.parse(patch) as unknown as Operation[];
  const { newDocument } = fastJsonPatch.applyPatch(review.request.object, operations, true, false);
  return JSON.stringify({ ...review, request: { ...review.request, object: newDocument } });
}

/**
 * The paths of a patch that must not be there: any on DELETE and CONNECT, in an object that is being deleted or a mirror
 * Pod, and in a template that an update leaves as it is. Written down once more, so that the server's own guards cannot
 * be wrong unnoticed.
 */
export function unpatchablePaths(text: string, patch: readonly unknown[]): readonly string[] {
  const paths = Operations.parse(patch).map((operation) => operation.path);
  if (paths.length === 0) return [];
  const { operation, ...versions } = Review.parse(JSON.parse(text)).request;
  const [object, old] = [Versioned.parse(versions.object), Versioned.parse(versions.oldObject)];
  if (object === null || !["CREATE", "UPDATE"].includes(operation)) return paths;
  const { deletionTimestamp, annotations } = object.metadata;
  if (typeof deletionTimestamp === "string" || "kubernetes.io/config.mirror" in annotations) return paths;
  return paths.filter((path) => {
    const template = /^\/spec\/(template|jobTemplate)(\/|$)/.exec(path)?.[1];
    const kept =
      template !== undefined && JSON.stringify(object.spec[template]) === JSON.stringify(old?.spec[template]);
    return kept && operation === "UPDATE";
  });
}
