/** What a file system call gave; `reason` is the code of its failure, e.g. `EACCES`. */
export type Attempt<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: string };

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** These say that the machine or the network is in trouble, and nothing about the file. */
const PASSING: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EAGAIN",
  "EIO",
  "ESTALE",
  "ETIMEDOUT",
]);

/** Makes a failure a value, because a file that nobody may read is a state to compare. Throws what will pass. */
export async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: "done", value: await call() };
  } catch (error) {
    const code = errorCode(error);
    if (PASSING.has(code)) throw error;
    return ABSENT.has(code) ? { kind: "absent" } : { kind: "unreadable", reason: code };
  }
}

/** The code of a system error; of anything else its text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
