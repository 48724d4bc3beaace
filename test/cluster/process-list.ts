import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** A process of this machine. */
interface ListedProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes whose command line has this text in it; a folder of one's own finds what was started there. */
export function processesThatName(text: string): readonly ListedProcess[] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", "pid=", "-o", "command="], { encoding: "utf8" }).split(
    "\n",
  );
  return lines
    .filter((line) => line.includes(text))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+\s+/, "") }));
}

/** Settles when none of them is left; a process that was killed takes a moment to go. Fails after ten seconds. */
export async function nothingNames(text: string): Promise<void> {
  for (const end = Date.now() + 10_000; ;) {
    const left = processesThatName(text);
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`still there: ${left.map(({ command }) => command).join("; ")}`);
    await delay(20);
  }
}
