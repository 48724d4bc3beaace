import { watch } from "node:fs";
import { basename } from "node:path";
import { errorCode } from "./attempt.ts";

/** Tells of changes directly in a folder. May throw a system error, e.g. ENOSPC if there are too many watches. */
export type WatchFolder = (
  folder: string,
  told: (name: string | null) => void,
  failed: () => void,
) => { close(): void };

/**
 * The system's own watches, without those that keep a process alive. Not recursive: Node's recursive watch on Linux
 * takes one watch for each file, follows no links and looks into hidden folders.
 */
export const watchFolder: WatchFolder = (folder, told, failed) => {
  const watcher = watch(folder, { persistent: false }, (_event, name) => told(name));
  watcher.on("error", failed);
  return watcher;
};

const LIMITS: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "Raise fs.inotify.max_user_watches to have all of them noticed at once"],
  ["EMFILE", "Raise fs.inotify.max_user_instances or `ulimit -n` to have all of them noticed at once"],
]);

/** One watch for each folder. Created with its owner, follows the folders that each walk finds, closed with its owner. */
export class FolderWatches {
  readonly #watchFolder: WatchFolder;
  readonly #hint: () => void;
  readonly #limited: (message: string) => void;
  readonly #watches = new Map<string, { close(): void }>();
  #saidLimit = false;

  /** `hint` is called when something may have changed, `limited` once if the system allows no more watches. */
  constructor(watchOne: WatchFolder, hint: () => void, limited: (message: string) => void) {
    this.#watchFolder = watchOne;
    this.#hint = hint;
    this.#limited = limited;
  }

  /** Watches these folders and no others; true if one is new, because it may have changed just before. */
  update(folders: ReadonlySet<string>): boolean {
    for (const folder of this.#watches.keys()) if (!folders.has(folder)) this.#drop(folder);
    const before = this.#watches.size;
    for (const folder of folders) if (!this.#watches.has(folder) && !this.#add(folder)) break;
    return this.#watches.size > before;
  }

  close(): void {
    for (const folder of this.#watches.keys()) this.#drop(folder);
  }

  /** False if no further watch will succeed either. It is tried again at the next walk. */
  #add(folder: string): boolean {
    const told = (name: string | null): void => {
      // What Linux says when the watched folder itself is gone: a folder of the same path needs a new watch.
      if (name === basename(folder)) this.#drop(folder);
      this.#hint();
    };
    try {
      this.#watches.set(
        folder,
        this.#watchFolder(folder, told, () => this.#drop(folder)),
      );
      return true;
    } catch (error) {
      // Any other failure, of a folder that is gone or not ours, concerns this folder only; the polls see its changes.
      const remedy = LIMITS.get(errorCode(error));
      if (remedy !== undefined) this.#sayLimit(errorCode(error), remedy);
      return remedy === undefined;
    }
  }

  #drop(folder: string): void {
    this.#watches.get(folder)?.close();
    this.#watches.delete(folder);
  }

  #sayLimit(code: string, remedy: string): void {
    if (this.#saidLimit) return;
    this.#saidLimit = true;
    this.#limited(
      `The system allows no more file watches (${code}), so changes of some files are noticed a little later, by looking at them regularly. ${remedy}.`,
    );
  }
}
