import { type Contents, NO_CONTENTS, readContents, sameContents } from "./contents.ts";
import { FolderWatches, watchFolder, type WatchFolder } from "./folder-watches.ts";
import { type WatchedPath, type WatchedRoot, watchedRoot } from "./watched-path.ts";

export interface WatchOptions {
  /** How long nothing may happen before a change is told, in ms; default 100. */
  readonly settle?: number;
  /** How long a change may stay unnoticed where the system tells of none, e.g. on a network, in ms; default 2,000, longer for many files. */
  readonly poll?: number;
  /** Gets one or two sentences for the log, each problem once. */
  readonly onProblem?: (message: string) => void;
  /** How folders are watched; default `fs.watch`. */
  readonly watchFolder?: WatchFolder;
}

export interface PathWatch {
  /** Settles, always, when the state to compare with is known: what is loaded after it cannot be outdated unnoticed. */
  readonly ready: Promise<void>;
  /** Afterwards nothing is called, and nothing keeps the process alive. */
  close(): void;
}

// Many files are looked at less often, so that it takes a twentieth of a core: 5,000 take 0.2 s, every 4 s. The bound is
// for slow networks, where looking takes time but no processor.
const PAUSE_FACTOR = 20;
const MAX_PAUSE = 10_000;

/** After this time endless writing is told nevertheless, in ms. */
const MAX_BURST = 1_000;

/**
 * Calls `changed` when files at or below the paths come to hold something else: once after a burst of writes, and not
 * for files that only were touched. Never throws, and does not keep the process alive.
 */
export function watchPaths(
  paths: readonly WatchedPath[],
  changed: () => void,
  options: WatchOptions = {},
): PathWatch {
  return new ContentWatch(paths.map(watchedRoot), changed, options);
}

/**
 * Compares the contents with those last told. The system's watches only say when to look: they miss changes on network
 * file systems, through hard links and in folders that have just appeared.
 */
class ContentWatch implements PathWatch {
  readonly ready: Promise<void>;
  readonly #roots: readonly WatchedRoot[];
  readonly #changed: () => void;
  readonly #settle: number;
  readonly #poll: number;
  readonly #onProblem: (message: string) => void;
  readonly #watches: FolderWatches;

  #seen = NO_CONTENTS;
  #told = NO_CONTENTS;
  /** When the first sign came of what was not told yet, in ms; undefined while nothing happens. */
  #burst: number | undefined;
  /** The system told of this burst, so that it will also tell when the burst goes on. */
  #hinted = false;
  #looking = false;
  #hintedMeanwhile = false;
  /** The duration of the last look, in ms. */
  #lookTook = 0;
  #failing = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(roots: readonly WatchedRoot[], changed: () => void, options: WatchOptions) {
    this.#roots = roots;
    this.#changed = changed;
    this.#settle = options.settle ?? 100;
    this.#poll = options.poll ?? 2_000;
    this.#onProblem = options.onProblem ?? (() => undefined);
    this.#watches = new FolderWatches(
      options.watchFolder ?? watchFolder,
      () => this.#hint(),
      (message) => this.#say(message),
    );
    this.ready = this.#start();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watches.close();
  }

  async #start(): Promise<void> {
    const contents = await this.#read();
    if (this.#closed) return;
    if (contents !== undefined) this.#told = contents;
    this.#compare(contents);
  }

  #hint(): void {
    if (this.#closed) return;
    this.#burst ??= performance.now();
    this.#hinted = true;
    if (this.#looking) this.#hintedMeanwhile = true;
    else this.#lookWhenSettled(this.#burst);
  }

  #lookWhenSettled(burst: number): void {
    this.#lookIn(Math.min(this.#settle, burst + MAX_BURST - performance.now()));
  }

  #lookIn(delay: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, delay)).unref();
  }

  async #look(): Promise<void> {
    const contents = await this.#read();
    if (!this.#closed) this.#compare(contents);
  }

  #compare(contents: Contents | undefined): void {
    if (contents === undefined) return this.#lookIn(this.#poll);
    const goesOn = this.#goesOn(contents);
    if (sameContents(contents, this.#told)) this.#endBurst();
    else if (!goesOn || this.#isOverdue()) this.#tell(contents);
    else this.#burst ??= performance.now();
    this.#seen = contents;
    if (this.#hintedMeanwhile) this.#hint();
    else if (this.#burst === undefined) this.#lookIn(this.#pause());
    else this.#lookWhenSettled(this.#burst);
  }

  /** True if the next look may well find more: to tell now would be to tell twice. */
  #goesOn(contents: Contents): boolean {
    // What was written to a new folder before it was watched has given no sign.
    if (this.#watches.update(contents.folders)) this.#hintedMeanwhile = true;
    return this.#hintedMeanwhile || !(this.#hinted || sameContents(contents, this.#seen));
  }

  #pause(): number {
    return Math.max(this.#poll, Math.min(this.#lookTook * PAUSE_FACTOR, MAX_PAUSE));
  }

  #isOverdue(): boolean {
    return this.#burst !== undefined && performance.now() - this.#burst >= MAX_BURST;
  }

  #endBurst(): void {
    this.#burst = undefined;
    this.#hinted = false;
  }

  #tell(contents: Contents): void {
    this.#told = contents;
    this.#endBurst();
    try {
      this.#changed();
    } catch (error) {
      this.#say(`Changed files could not be taken over: ${describe(error)}.`);
    }
  }

  #say(message: string): void {
    try {
      this.#onProblem(message);
    } catch {
      // Who should have been told of it has failed, and nobody is above a timer.
    }
  }

  /** Undefined if nothing can be known now; said once until it works again. */
  async #read(): Promise<Contents | undefined> {
    this.#looking = true;
    this.#hintedMeanwhile = false;
    const start = performance.now();
    try {
      const contents = await readContents(this.#roots, this.#seen);
      this.#failing = false;
      return contents;
    } catch (error) {
      if (!this.#failing && !this.#closed) {
        this.#say(`Changes of files are not noticed now: ${describe(error)}.`);
      }
      this.#failing = true;
      return undefined;
    } finally {
      this.#looking = false;
      this.#lookTook = performance.now() - start;
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
