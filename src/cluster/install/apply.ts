import { isJsonObject, objectMember, stringMember, type JsonObject } from "../../policy/json.ts";
import type { ApiAnswer, ApiRequest, SendRequest } from "../api/request.ts";
import type { ConfigurationToApply } from "./cluster.ts";
import { besideInjector } from "./injector.ts";

export interface ApplyOptions {
  readonly path: string;
  /** Who applies it, to server-side apply. */
  readonly manager: string;
  readonly dryRun: boolean;
  /** Takes fields over from other managers. */
  readonly force: boolean;
  /** Hears what is stored after entries were taken out, which comes before what is wanted is applied. */
  readonly tookOut?: (stored: JsonObject) => void;
}

/** Of how many that write the same object at once the last one still gets through. */
const ATTEMPTS = 5;

/** Server-side apply, also beside an injector that owns `caBundle` of the entries. Gives the API server's answer. */
export async function applyConfiguration(
  send: SendRequest,
  wanted: ConfigurationToApply,
  options: ApplyOptions,
): Promise<ApiAnswer> {
  let next: Next = { kind: "apply", configuration: wanted, pretended: [] };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(applyRequest(next.configuration, options));
    if (attempt === ATTEMPTS || !isRefused(answer)) return without(next.pretended, answer);
    if (passesByItself(answer)) continue;
    const mended = await besideOthers(send, wanted, options);
    if (mended.kind === "refused") return mended.answer ?? answer;
    next = mended;
  }
}

interface Next {
  readonly kind: "apply";
  readonly configuration: ConfigurationToApply;
  /** Entries that are only applied because a dry run cannot take them out. */
  readonly pretended: readonly JsonObject[];
}

/** Without an answer nothing is known to be in the way that can be dealt with. */
type Mended = Next | { readonly kind: "refused"; readonly answer?: ApiAnswer };

function applyRequest(
  value: ConfigurationToApply,
  { path, manager, dryRun, force }: ApplyOptions,
): ApiRequest {
  return {
    method: "PATCH",
    path,
    query: {
      fieldManager: manager,
      fieldValidation: "Strict",
      force: String(force),
      ...(dryRun ? { dryRun: "All" } : {}),
    },
    body: { type: "application/apply-patch+yaml", value },
  };
}

function isRefused(answer: ApiAnswer): boolean {
  return (answer.code === 409 || answer.code === 422) && !isOfAnotherUid(answer);
}

/** A conflict over fields names them as causes. */
function passesByItself({ code, body }: ApiAnswer): boolean {
  return code === 409 && objectMember(body, "details")?.["causes"] === undefined;
}

/** Whether the object that is there by now is not the one whose `uid` was named, or there is none (kube-apiserver 1.36). */
export function isOfAnotherUid({ code, body }: ApiAnswer): boolean {
  if (code === 409) return stringMember(body, "message")?.includes(": uid mismatch: ") === true;
  const causes = objectMember(body, "details")?.["causes"];
  return (
    code === 422 &&
    Array.isArray(causes) &&
    causes.filter(isJsonObject).some((cause) => stringMember(cause, "field") === "metadata.uid")
  );
}

async function besideOthers(
  send: SendRequest,
  wanted: ConfigurationToApply,
  { path, manager, dryRun, tookOut }: ApplyOptions,
): Promise<Mended> {
  const { code, body } = await send({ method: "GET", path });
  if (code !== 200) return { kind: "refused" };
  const { configuration, leftovers } = besideInjector(wanted, body, manager);
  if (leftovers.length === 0 && configuration === wanted) return { kind: "refused" };
  if (leftovers.length === 0) return { kind: "apply", configuration, pretended: [] };
  if (dryRun) {
    const webhooks = [...configuration.webhooks, ...leftovers];
    return { kind: "apply", configuration: { ...configuration, webhooks }, pretended: leftovers };
  }
  const value = without(leftovers, { code, body }).body;
  const query = { fieldManager: manager };
  const answer = await send({ method: "PUT", path, query, body: { type: "application/json", value } });
  if (answer.code === 200) tookOut?.(answer.body);
  // After a conflict somebody else has written: what is there now is looked at anew.
  return answer.code === 200 || answer.code === 409
    ? { kind: "apply", configuration, pretended: [] }
    : { kind: "refused", answer };
}

function without(entries: readonly JsonObject[], answer: ApiAnswer): ApiAnswer {
  const webhooks = answer.body["webhooks"];
  if (entries.length === 0 || !Array.isArray(webhooks)) return answer;
  const names = new Set(entries.map((entry) => stringMember(entry, "name")));
  const left = webhooks.filter((entry) => !(isJsonObject(entry) && names.has(stringMember(entry, "name"))));
  return { ...answer, body: { ...answer.body, webhooks: left } };
}
