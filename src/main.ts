#!/usr/bin/env node
// The version is checked before anything else is loaded: an old Node.js must get a sentence, not a stack trace.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: Portcullis needs Node.js 22.18 or later, this is ${process.version}. Install Node.js 24 and try again.\n`,
  );
  process.exitCode = 2;
} else {
  const { argv, env, platform, arch, stdin, stdout, stderr } = process;
  await keepCompiledCode();
  const { runCommand } = await import("./cli/run-command.ts");
  process.exitCode = await runCommand({ argv, env, platform, arch, stdin, stdout, stderr, signals: process });
}

/**
 * Lets Node.js keep what it compiles of the files that are loaded from now on: from sources the next start takes half the
 * processor time. In the user's own folder: others could put code into the one for temporary files.
 */
async function keepCompiledCode(): Promise<void> {
  const [{ enableCompileCache }, { homedir }, { cacheFolder }] = await Promise.all([
    import("node:module"),
    import("node:os"),
    import("./build/cache-folder.ts"),
  ]);
  try {
    enableCompileCache(`${cacheFolder(process.env, process.platform, homedir())}/code`);
  } catch {
    // A user without a home folder has every file compiled anew.
  }
}
