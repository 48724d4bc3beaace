import { readFile } from "node:fs/promises";
import type { Fixtures } from "./fixtures.ts";
import type { MeasuredServer } from "./servers.ts";
import { messagesOf, post } from "./webhook-client.ts";

/** Differences that an error quotes. */
const SHOWN = 10;

/** Checks that all servers admit the compliant body and give the same messages for the violating one; throws if not. */
export async function requireAgreement(
  servers: readonly MeasuredServer[],
  { reviews, certificates }: Fixtures,
): Promise<void> {
  const [ca, violating] = await Promise.all([readFile(certificates.ca), readFile(reviews.violating)]);
  const bodies = [reviews["4 KB"], reviews["9 KB"]];
  let expected: Said | undefined;
  for (const { name, url } of servers) {
    for (const body of bodies) {
      const { response } = await post(url, await readFile(body), ca);
      if (!response.allowed)
        throw new Error(`${name} denies the compliant body: ${response.status?.message}`);
    }
    const messages = canonical(messagesOf(await post(url, violating, ca)));
    expected ??= { name, messages };
    requireSame(expected, { name, messages });
  }
}

/** Messages of one program, in canonical form. */
interface Said {
  readonly name: string;
  readonly messages: readonly string[];
}

/** Throws if two programs say different things, and shows what only one of them says. */
export function requireSame(one: Said, other: Said): void {
  if (one.messages.length > 0 && one.messages.join("\n") === other.messages.join("\n")) return;
  const only = (which: Said, { messages }: Said): string => {
    const known = new Set(messages);
    const rest = which.messages.filter((message) => !known.has(message)).slice(0, SHOWN);
    return `only ${which.name} (${which.messages.length} in all):\n  ${rest.join("\n  ")}`;
  };
  throw new Error(
    `Two programs with the same rules give other messages.\n${only(one, other)}\n${only(other, one)}`,
  );
}

/**
 * Messages in one order, and the words of each in one order too: `concat` over a set lists its items as the engine's sets
 * do, by hash in WebAssembly and sorted in OPA.
 */
export function canonical(messages: readonly string[]): readonly string[] {
  return messages
    .map((message) =>
      message
        .split(/[\s,]+/)
        .toSorted()
        .join(" "),
    )
    .toSorted();
}
