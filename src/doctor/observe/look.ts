import { z } from "zod";
import { messageOf } from "../../cluster/api/error.ts";
import type { ApiAnswer, ApiRequest, SendRequest } from "../../cluster/api/request.ts";
import { PortcullisError } from "../../error.ts";
import type { Seen } from "./observation.ts";

/** Looks at one thing of a cluster; never throws a PortcullisError. */
export interface Look {
  readonly object: <T>(path: string, schema: z.ZodType<T>) => Promise<Seen<T>>;
  readonly list: <T>(
    path: string,
    schema: z.ZodType<T>,
    query?: ApiRequest["query"],
  ) => Promise<Seen<readonly T[]>>;
  /** For what is answered and never stored: reviews. */
  readonly review: <T>(path: string, value: object, schema: z.ZodType<T>) => Promise<Seen<T>>;
}

export function looking(send: SendRequest): Look {
  const ask = async <T>(request: ApiRequest, schema: z.ZodType<T>): Promise<Seen<T>> => {
    const answer = await attempt(() => send(request));
    return answer.kind === "seen" ? read(answer.value, schema) : answer;
  };
  return {
    object: (path, schema) => ask({ method: "GET", path }, schema),
    list: async (path, schema, query = {}) => {
      const list = await ask({ method: "GET", path, query }, z.object({ items: z.array(schema) }));
      return list.kind === "seen" ? { kind: "seen", value: list.value.items } : list;
    },
    review: (path, value, schema) =>
      ask({ method: "POST", path, body: { type: "application/json", value } }, schema),
  };
}

/** What an answer says of the thing that was asked for. */
function read<T>(answer: ApiAnswer, schema: z.ZodType<T>): Seen<T> {
  if (answer.code === 404) return { kind: "absent" };
  if (answer.code !== 200 && answer.code !== 201) return { kind: "unseen", reason: `${messageOf(answer)}.` };
  const { success, data } = schema.safeParse(answer.body);
  if (success) return { kind: "seen", value: data };
  return {
    kind: "unseen",
    reason: "The API server's answer is not what this version of Portcullis can read.",
  };
}

/** What was done, or why it could not be. */
export async function attempt<T>(doing: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { kind: "seen", value: await doing() };
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { kind: "unseen", reason: error.message };
  }
}
