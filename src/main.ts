#!/usr/bin/env node
// The version is checked before anything else is loaded: an old Node.js must get a sentence, not a stack trace.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `error: Portcullis needs Node.js 22.18 or later, this is ${process.version}. Install Node.js 24 and try again.\n`,
  );
  process.exitCode = 2;
} else {
  const { runCommand } = await import("./cli/run-command.ts");
  const { argv, env, platform, arch, stdin, stdout, stderr } = process;
  process.exitCode = await runCommand({ argv, env, platform, arch, stdin, stdout, stderr, signals: process });
}
