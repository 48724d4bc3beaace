import { mutantsCommand, type MutantsOptions } from "../src/cli/test/mutants.ts";
import { readEnvironment } from "../src/cli/surroundings.ts";
import type { Ended } from "./docs/command.ts";
import { temporaryFolder, testOpa } from "./policy-folder.ts";

/** Runs the command and gives what it prints, with the folder's path as \`policies\`. */
export async function runMutantsCommand(root: string, options: Partial<MutantsOptions> = {}): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text.replaceAll(root, "policies");
    },
  });
  const env = { OPA: await testOpa(), XDG_CACHE_HOME: await temporaryFolder() };
  const exitCode = await mutantsCommand(
    { policies: root, output: "pretty", ...options },
    readEnvironment({ env, platform: process.platform, arch: process.arch }),
    { stdout: stream("stdout"), stderr: stream("stderr") },
  );
  return { ...written, exitCode };
}
