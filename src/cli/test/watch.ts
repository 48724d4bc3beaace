import { explainError } from "../explain-error.ts";
import type { ProcessSurroundings } from "../surroundings.ts";
import { watchPaths } from "../watch/watch-paths.ts";

/** A timer of a day keeps the process alive, which the watch of files does not. */
const DAY = 86_400_000;

/**
 * Runs tests, and again whenever what they are read from changes, until SIGINT or SIGTERM; then gives the exit code of
 * the last run. Whatever keeps a run from being finished is told, and the next change is awaited.
 */
export async function watchTests(
  folder: string,
  run: () => Promise<number>,
  { stderr, signals }: Pick<ProcessSurroundings, "stderr" | "signals">,
): Promise<number> {
  let last = 0;
  let isStale = true;
  let running: Promise<void> | undefined;
  const runWhileStale = async (): Promise<void> => {
    while (isStale) {
      isStale = false;
      try {
        last = await run();
      } catch (error) {
        stderr.write(explainError(error));
        last = 2;
      }
      stderr.write(`\nWaiting for changes in ${folder}; Ctrl-C ends it.\n`);
    }
    running = undefined;
  };
  const changed = (): void => {
    isStale = true;
    running ??= runWhileStale();
  };
  const onProblem = (message: string): unknown => stderr.write(`${message}\n`);
  const watch = watchPaths([{ path: folder, holds: "tests" }], changed, { onProblem });
  // What changes while the first run reads must not go unnoticed.
  await watch.ready;
  changed();
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, DAY);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    signals.once("SIGINT", end);
    signals.once("SIGTERM", end);
  });
  watch.close();
  await running;
  return last;
}
