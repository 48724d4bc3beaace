import { z } from "zod";
import { PortcullisError } from "../error.ts";
import { isJsonObject, stringMember, type JsonObject } from "../policy/json.ts";
import { oneLine } from "../policy/issue.ts";
import { OPERATIONS } from "../policy/rule.ts";
import {
  memberSpans,
  NestingError,
  objectSpan,
  replaceLoneSurrogates,
  skipSpace,
  valueEnd,
  withoutMembers,
  type MemberSpan,
  type ObjectSpan,
} from "./json-text.ts";
import type { AdmissionRequest, RequestTexts } from "./request.ts";

/** Go's encoding/json, with which the API server reads every object, refuses deeper nesting (`maxNestingDepth`). */
export const MAX_DEPTH = 10_000;

const GroupVersionKind = z.object({ group: z.string(), version: z.string(), kind: z.string().min(1) });
const GroupVersionResource = z.object({
  group: z.string(),
  version: z.string(),
  resource: z.string().min(1),
});
const ObjectOrNull = z
  .custom<JsonObject | null>((value) => value === null || isJsonObject(value), "must be an object or null")
  .default(null);

// One issue for the whole list: an issue for each of a million items would take seconds and hundreds of megabytes.
const Groups = z
  .custom<readonly string[]>(
    (value) => Array.isArray(value) && value.every((group) => typeof group === "string"),
    "must be a list of strings",
  )
  .nullish();

const AdmissionReview = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  // Not Kubernetes' word: `synthesizeReview` says so of a manifest that is judged as an UPDATE.
  oldObjectUnknown: z.literal(true).optional(),
  request: z
    .object({
      uid: z.string().min(1),
      kind: GroupVersionKind,
      resource: GroupVersionResource,
      subResource: z.string().default(""),
      name: z.string().default(""),
      namespace: z.string().default(""),
      operation: z.enum(OPERATIONS),
      userInfo: z.object({ username: z.string().default(""), groups: Groups }).default({ username: "" }),
      object: ObjectOrNull,
      oldObject: ObjectOrNull,
      dryRun: z.boolean().nullish(),
    })
    .refine(({ operation, object }) => object !== null || operation === "DELETE" || operation === "CONNECT", {
      error: "must be an object for CREATE and UPDATE",
      path: ["object"],
    }),
});

/**
 * Reads the body of an admission call: bytes of an `admission.k8s.io/v1` AdmissionReview with a request.
 * Throws REVIEW_INVALID or REVIEW_TOO_DEEP; whatever the bytes are, nothing else.
 */
export function decodeReview(body: Uint8Array): AdmissionRequest {
  const text = replaceLoneSurrogates(decodeUtf8(body));
  const parts = reviewParts(text);
  if (parts === undefined) throw refusal(text);
  const { oldObjectUnknown, request: sketched } = validReview(parts.sketch);
  const { userInfo, dryRun, name, ...request } = sketched;
  const { texts } = parts;
  const [object, oldObject] = [texts.object, texts.oldObject].map(lazyObject);
  return {
    ...request,
    name: name === "" ? objectName(texts.object ?? texts.oldObject) : name,
    userInfo: { username: userInfo.username, groups: userInfo.groups ?? [] },
    dryRun: dryRun ?? false,
    ...(oldObjectUnknown === undefined ? {} : { oldObjectUnknown }),
    get object() {
      return object?.() ?? null;
    },
    get oldObject() {
      return oldObject?.() ?? null;
    },
    texts,
  };
}

const decoder = new TextDecoder("utf-8", {
  fatal: true,
  // A byte order mark stays in the text, where it is no JSON: the API server refuses it too.
  ignoreBOM: true,
});

function decodeUtf8(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw invalid("it is not UTF-8", cause);
  }
}

/** A review taken apart: `sketch` is what the schema looks at, with `{}` for whatever object it holds. */
interface ReviewParts {
  readonly sketch: unknown;
  readonly texts: RequestTexts;
}

const REVIEW_MEMBERS = ["apiVersion", "kind", "oldObjectUnknown"];
/** What the schema looks at; the objects are not among them. */
const REQUEST_MEMBERS = [
  "uid",
  "kind",
  "resource",
  "subResource",
  "name",
  "namespace",
  "operation",
  "userInfo",
  "dryRun",
];
const OBJECTS: ReadonlySet<string> = new Set(["object", "oldObject"]);

/** Undefined if the text is no JSON, too deep, or no object that has an object as its `request`. */
function reviewParts(text: string): ReviewParts | undefined {
  let request: ObjectSpan | undefined;
  try {
    const review = objectSpan(text, skipSpace(text, 0), (_, start, key) => {
      if (key !== "request") return valueEnd(text, start, MAX_DEPTH);
      // The last one counts, whatever it is.
      request = text.startsWith("{", start) ? objectSpan(text, start, requestMemberEnd) : undefined;
      return request?.end ?? valueEnd(text, start, MAX_DEPTH);
    });
    if (request === undefined || skipSpace(text, review.end) < text.length) return undefined;
    const texts = requestTexts(text, request.members);
    return { sketch: sketchOf(text, review, request, texts), texts };
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof NestingError) return undefined;
    throw cause;
  }
}

function requestMemberEnd(text: string, start: number): number {
  return valueEnd(text, start, MAX_DEPTH - 1);
}

function requestTexts(text: string, request: ObjectSpan["members"]): RequestTexts {
  const part = (span: MemberSpan | undefined): string | null | undefined => {
    const value = span === undefined ? undefined : text.slice(span.valueStart, span.end);
    return value === "null" ? null : value;
  };
  return {
    head: withoutMembers(text, request, OBJECTS),
    object: part(request.get("object")),
    oldObject: part(request.get("oldObject")),
  };
}

function sketchOf(text: string, review: ObjectSpan, request: ObjectSpan, texts: RequestTexts): unknown {
  const members = [
    ...memberTexts(text, request.members, REQUEST_MEMBERS),
    ...sketchMember("object", texts.object),
    ...sketchMember("oldObject", texts.oldObject),
  ];
  const all = [...memberTexts(text, review.members, REVIEW_MEMBERS), `"request":{${members.join(",")}}`];
  return JSON.parse(`{${all.join(",")}}`);
}

function memberTexts(
  text: string,
  members: ObjectSpan["members"],
  keys: readonly string[],
): readonly string[] {
  const texts: string[] = [];
  for (const key of keys) {
    const span = members.get(key);
    if (span !== undefined) texts.push(text.slice(span.keyStart, span.end));
  }
  return texts;
}

/** Objects may be large, and mostly nobody looks at them as values. */
function sketchMember(key: string, value: string | null | undefined): readonly string[] {
  if (value === undefined) return [];
  return [`"${key}":${value?.startsWith("{") === true ? "{}" : value}`];
}

/** A value that is parsed when it is first looked at. */
function lazyObject(text: string | null | undefined): () => JsonObject | null {
  let value: JsonObject | null | undefined = typeof text === "string" ? undefined : null;
  return () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text is an object's: see the schema
    if (value === undefined) value = JSON.parse(text ?? "null") as JsonObject;
    return value;
  };
}

function validReview(review: unknown): z.infer<typeof AdmissionReview> {
  const parsed = AdmissionReview.safeParse(review);
  if (!parsed.success) throw invalid(oneLine(parsed.error));
  return parsed.data;
}

/** Why a text that could not be taken apart is refused. */
function refusal(text: string): PortcullisError {
  validReview(parseJson(text));
  return new PortcullisError("REVIEW_TOO_DEEP", {
    message: `The AdmissionReview is nested deeper than ${MAX_DEPTH} levels.`,
    remedy: "Send what an API server sends: it refuses such objects itself.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // V8's message quotes the text, which may be a Secret's: only the position leaves.
    const position = /at position \d+/.exec(cause instanceof Error ? cause.message : "")?.[0];
    throw invalid(`it is no JSON${position === undefined ? "" : ` (${position})`}`);
  }
}

/** deletecollection sends no name; with `generateName` there is none yet. */
function objectName(object: string | null | undefined): string {
  if (typeof object !== "string") return "";
  const metadata = memberSpans(object, 0, MAX_DEPTH).get("metadata");
  if (metadata === undefined) return "";
  const value: unknown = JSON.parse(object.slice(metadata.valueStart, metadata.end));
  return (isJsonObject(value) ? stringMember(value, "name") : undefined) ?? "";
}

function invalid(why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("REVIEW_INVALID", {
    message: `The body is not an AdmissionReview of admission.k8s.io/v1 with a request: ${why}.`,
    remedy:
      "Send an AdmissionReview as a Kubernetes API server (1.16 or later) does, with `admissionReviewVersions: [v1]`.",
    cause,
  });
}
