import { execFileSync } from "node:child_process";

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
