import { z } from "zod";
import type { ApiAnswer, ApiRequest, SendRequest } from "../src/cluster/api/request.ts";
import type { JsonObject } from "../src/policy/json.ts";

/** A Secret as it is stored; values are texts, not base64. */
export interface PretendedSecret {
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An API server that has one Secret, and refuses to change what somebody else has changed since it was read. */
export interface PretendedSecrets {
  readonly send: SendRequest;
  readonly secret: () => PretendedSecret | undefined;
  /** As anybody with permission does; undefined deletes it. */
  readonly put: (secret: PretendedSecret | undefined) => void;
  /** Method by method, in order. */
  readonly calls: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const text = (encoded: string): string => Buffer.from(encoded, "base64").toString();
const mapped = (object: Readonly<Record<string, string>>, change: (value: string) => string) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

/** RFC 7396 for an object of strings. */
function merged(old: Readonly<Record<string, string>>, patch: Readonly<Record<string, string | null>>) {
  const all = Object.entries({ ...old, ...patch });
  return Object.fromEntries(all.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

const Body = z.looseObject({
  metadata: z.looseObject({
    resourceVersion: z.string().optional(),
    annotations: z.record(z.string(), z.string().nullable()).default({}),
  }),
  data: z.record(z.string(), z.string().nullable()),
});

export function pretendedSecrets(date: () => Date): PretendedSecrets {
  let stored: PretendedSecret | undefined;
  let version = 1;
  const calls: string[] = [];
  const shown = ({ data, annotations }: PretendedSecret): JsonObject => ({
    metadata: { resourceVersion: String(version), annotations },
    data: mapped(data, base64),
  });
  const put = (secret: PretendedSecret | undefined): void => {
    stored = secret;
    version += 1;
  };
  const change = (method: string, body: unknown): number => {
    const sent: unknown = JSON.parse(JSON.stringify(body));
    const { metadata, data } = Body.parse(sent);
    if ((method === "POST") === (stored !== undefined)) return method === "POST" ? 409 : 404;
    if (method === "PATCH" && metadata.resourceVersion !== String(version)) return 409;
    const old = stored ?? { data: {}, annotations: {} };
    const texts = Object.entries(data).map(([key, value]) => [key, value === null ? null : text(value)]);
    put({
      data: merged(old.data, Object.fromEntries(texts)),
      annotations: merged(old.annotations, metadata.annotations),
    });
    return 200;
  };
  const send = async ({ method, body }: ApiRequest): Promise<ApiAnswer> => {
    calls.push(method);
    await Promise.resolve();
    const code = method === "GET" ? (stored === undefined ? 404 : 200) : change(method, body?.value);
    const isShown = code === 200 && stored !== undefined;
    const found = isShown && stored !== undefined ? shown(stored) : { details: { kind: "secrets" } };
    return { code, body: found, date: date() };
  };
  return { send, secret: () => stored, put, calls };
}
