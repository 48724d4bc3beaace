import { z } from "zod";
import type { Replica } from "./replica.ts";

const Text = z.string().optional();

/** One line of a replica's log, as far as faults are told in it. */
const ToldLine = z.looseObject({
  level: z.string(),
  msg: z.string(),
  code: Text,
  task: Text,
  resource: Text,
  remedy: Text,
});
export type ToldLine = z.infer<typeof ToldLine>;

/** All of them in order, without the decisions. */
export async function toldLines(replica: Pick<Replica, "log">): Promise<readonly ToldLine[]> {
  const lines = (await replica.log()).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => ToldLine.parse(JSON.parse(line))).filter(({ msg }) => msg !== "decision");
}
