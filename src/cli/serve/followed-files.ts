import { stat } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { PortcullisError } from "../../error.ts";
import { reasons } from "./reload.ts";
import { Told } from "./told.ts";
import { errorCode } from "../watch/attempt.ts";
import { watchPaths, type PathWatch } from "../watch/watch-paths.ts";

export interface FollowedFilesOptions<T> {
  readonly files: readonly string[];
  /** Throws PortcullisError for what cannot be used. Called again if the files were changed meanwhile. */
  readonly read: () => Promise<T>;
  readonly take: (value: T) => void;
  /** Gets what is wrong with changed files; `isNews`: the log is to be told, as `Told` says. */
  readonly refuse: (errors: readonly PortcullisError[], isNews: boolean) => void;
  /** Gets a sentence if changes of the files cannot be noticed. */
  readonly problem: (message: string) => void;
  /** How long after a refusal the same files are read again, in ms; default 60,000. */
  readonly retry?: number | undefined;
}

const RETRY = 60_000;

/** What files hold that are read whole, as they change. Lives until it is closed. */
export class FollowedFiles<T> {
  readonly #options: FollowedFilesOptions<T>;
  readonly #watch: PathWatch;
  /** The reads, one after the other: an older one must not replace what a newer one found. */
  #reading = Promise.resolve();
  readonly #told = new Told(() => performance.now());
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** Takes what there is; throws as `read` does. Every change after what was read here is noticed. */
  static async start<T>(options: FollowedFilesOptions<T>): Promise<FollowedFiles<T>> {
    let following: FollowedFiles<T> | undefined;
    let isOutdated = false;
    const changed = (): void => {
      if (following === undefined) isOutdated = true;
      else following.#read("change");
    };
    // Of a file that is named itself the content matters, whatever `holds` says.
    const paths = options.files.map((path) => ({ path, holds: "manifests" }) as const);
    const watch = watchPaths(paths, changed, { onProblem: options.problem });
    await watch.ready;
    try {
      options.take(await readAtRest(options));
      following = new FollowedFiles(options, watch);
      if (isOutdated) changed();
      return following;
    } catch (error) {
      watch.close();
      throw error;
    }
  }

  private constructor(options: FollowedFilesOptions<T>, watch: PathWatch) {
    this.#options = options;
    this.#watch = watch;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  #read(why: "change" | "retry"): void {
    this.#reading = this.#reading.then(() => this.#takeOver(why));
  }

  async #takeOver(why: "change" | "retry"): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const { files, take, refuse, retry = RETRY } = this.#options;
    try {
      take(await readAtRest(this.#options));
    } catch (thrown) {
      // Other files are news; of the same the text may say another time.
      if (why === "change") this.#told.ends();
      refuse(reasons(thrown, `Reading ${files.join(" and ")}`), this.#told.lasts("refused"));
      if (this.#closed) return;
      // Without a change of its files a certificate gets valid whose issuer's clock is ahead of this one.
      this.#timer = setTimeout(() => this.#read("retry"), retry).unref();
    }
  }
}

// A kubelet swaps a mounted Secret once a minute at most; files that change on and on are not waited for.
const READS = 5;

/**
 * Reads files that may be replaced in the middle: of a mounted Secret that is swapped one file is the old one and the
 * next the new one, or gone with its folder, and nothing is wrong with either Secret. What is wrong with files that
 * nobody touched is wrong at once.
 */
async function readAtRest<T>({ files, read }: Pick<FollowedFilesOptions<T>, "files" | "read">): Promise<T> {
  for (let reads = 1; ; reads += 1) {
    const before = await stampsOf(files);
    const [result] = await Promise.allSettled([read()]);
    if (reads < READS && (await stampsOf(files)) !== before) continue;
    if (result.status === "fulfilled") return result.value;
    throw result.reason;
  }
}

/** Changes whenever a name leads to another file, or to the same one with other bytes. */
async function stampsOf(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(stampOf))).join("\n");
}

async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return errorCode(error);
  }
}
