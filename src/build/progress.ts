/** Says what is going on, in one line without a line end. The caller decides whether and where it is shown. */
export type Progress = (message: string) => void;

// Long enough not to flood a CI log, short enough that nobody thinks that it hangs.
const INTERVAL_SECONDS = 4;

/** Runs a long step and says every few seconds that it still runs; `state` gives what to say. */
export async function whileRunning<T>(
  progress: Progress,
  state: (seconds: number) => string,
  step: () => Promise<T>,
): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += INTERVAL_SECONDS;
    progress(state(seconds));
  }, INTERVAL_SECONDS * 1000);
  try {
    return await step();
  } finally {
    clearInterval(timer);
  }
}
