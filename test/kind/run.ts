import { diagnosis, preparation, removal, testRun, type Command, type KindCluster } from "./commands.ts";

/** What was asked of the outside did not work; its own output has told why. */
class KindError extends Error {
  override readonly name = "KindError";
}

export interface KindEffects {
  /** Files of tests that take any cluster. */
  readonly tests: readonly string[];
  /** Runs it to its end with its output on standard error, and gives the exit code. */
  readonly execute: (command: Command) => Promise<number>;
  /** Given when a person wants it to end; its reason says so. */
  readonly interruption: AbortSignal;
  /** Takes one line for a person. */
  readonly progress: (line: string) => void;
}

/**
 * Builds the image, creates the cluster, installs Portcullis, runs the end-to-end tests. The cluster is removed however
 * that ends, also if it came only half into being. Throws KindError,
 * or the interruption's reason.
 */
export async function runOnKind(cluster: KindCluster, effects: KindEffects): Promise<void> {
  const must = async (command: Command): Promise<void> => {
    effects.interruption.throwIfAborted();
    const code = await say(command, effects);
    effects.interruption.throwIfAborted();
    if (code !== 0) throw new KindError(`${nameOf(command)} ended with exit code ${code}.`);
  };
  const [build, ...rest] = preparation(cluster);
  if (build !== undefined) await must(build);
  try {
    for (const command of rest) await must(command);
    await must(testRun(effects.tests));
  } catch (error) {
    if (!effects.interruption.aborted) for (const command of diagnosis(cluster)) await say(command, effects);
    throw error;
  } finally {
    await remove(cluster, effects);
  }
}

async function remove(cluster: KindCluster, effects: KindEffects): Promise<void> {
  const command = removal(cluster);
  if ((await say(command, effects)) !== 0)
    effects.progress(`It may still be there; remove it: kind ${command.args.join(" ")}`);
}

function say(command: Command, { execute, progress }: KindEffects): Promise<number> {
  progress(command.title);
  return execute(command);
}

/** `kind create cluster`: the program and its verbs. */
function nameOf({ program, args }: Command): string {
  const firstOption = args.findIndex((arg) => arg.startsWith("-"));
  return [program, ...args.slice(0, firstOption === -1 ? undefined : firstOption)].join(" ");
}
