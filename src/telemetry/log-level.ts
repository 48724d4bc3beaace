import type { DestinationStream } from "pino";

/** The levels of pino that lines of the log have, the lowest first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every line of pino begins with its level. */
const LEVEL = /^\{"level":"(\w+)"/;

/** Lets the lines of this level and above through. Lines of level `debug` are only made for who asks for them. */
export function atLevel(destination: DestinationStream, least: LogLevel): DestinationStream {
  const left = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(least)).filter((level) => level !== "debug");
  if (left.length === 0) return destination;
  const passes = (line: string): boolean => {
    const [, level] = LEVEL.exec(line) ?? [];
    return !left.some((each) => each === level);
  };
  return {
    write: (lines) => {
      const passing = lines.split(/(?<=\n)/).filter(passes);
      if (passing.length > 0) destination.write(passing.join(""));
    },
  };
}
