import { z } from "zod";
import { PortcullisError } from "../error.ts";
import { isJsonObject, objectMember, stringMember, type JsonObject } from "../policy/json.ts";
import { oneLine } from "../policy/issue.ts";
import { OPERATIONS } from "../policy/rule.ts";
import {
  memberSpans,
  NestingError,
  replaceLoneSurrogates,
  withoutMembers,
  type MemberSpan,
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
  const parsed = AdmissionReview.safeParse(parseJson(text));
  if (!parsed.success) throw invalid(oneLine(parsed.error));
  const { userInfo, dryRun, ...request } = parsed.data.request;
  return {
    ...request,
    name: request.name === "" ? objectName(request.object ?? request.oldObject) : request.name,
    userInfo: { username: userInfo.username, groups: userInfo.groups ?? [] },
    dryRun: dryRun ?? false,
    texts: requestTexts(text),
  };
}

function decodeUtf8(body: Uint8Array): string {
  try {
    // A byte order mark stays in the text, where it is no JSON: the API server refuses it too.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw invalid("it is not UTF-8", cause);
  }
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
function objectName(object: JsonObject | null): string {
  return stringMember(objectMember(object, "metadata"), "name") ?? "";
}

function requestTexts(text: string): RequestTexts {
  try {
    const review = memberSpans(text, text.indexOf("{"), MAX_DEPTH);
    const start = review.get("request")?.valueStart ?? text.length;
    const request = memberSpans(text, start, MAX_DEPTH);
    const part = (span: MemberSpan | undefined): string | null | undefined => {
      const value = span === undefined ? undefined : text.slice(span.valueStart, span.end);
      return value === "null" ? null : value;
    };
    return {
      head: withoutMembers(text, request, new Set(["object", "oldObject"])),
      object: part(request.get("object")),
      oldObject: part(request.get("oldObject")),
    };
  } catch (cause) {
    if (!(cause instanceof NestingError)) throw cause;
    throw new PortcullisError("REVIEW_TOO_DEEP", {
      message: `The AdmissionReview is nested deeper than ${MAX_DEPTH} levels.`,
      remedy: "Send what an API server sends: it refuses such objects itself.",
      cause,
    });
  }
}

function invalid(why: string, cause?: unknown): PortcullisError {
  return new PortcullisError("REVIEW_INVALID", {
    message: `The body is not an AdmissionReview of admission.k8s.io/v1 with a request: ${why}.`,
    remedy:
      "Send an AdmissionReview as a Kubernetes API server (1.16 or later) does, with `admissionReviewVersions: [v1]`.",
    cause,
  });
}
