import { afterEach, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, realpathSync, utimesSync, writeFileSync } from "node:fs";
import { chmod, chown, link, mkdir, mkdtemp, rename, rm, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { watchFolder, type WatchFolder } from "./folder-watches.ts";
import { watchPaths, type WatchOptions } from "./watch-paths.ts";
import type { WatchedPath } from "./watched-path.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A new folder with files, gone after the test. Around it is no busy folder, since that is watched too, and for all users. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const around = realpathSync(await mkdtemp(join(tmpdir(), "portcullis-watch-")));
  ends.push(() => rm(around, { recursive: true, force: true }));
  await chmod(around, 0o755);
  const folder = join(around, "watched");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** For what would be told to be told, in ms; a shorter time could only hide a fault, never show a false one. */
const LONG_ENOUGH = 300;

interface Watched {
  readonly calls: () => number;
  readonly problems: readonly string[];
  readonly close: () => void;
}

/** Nothing but `fs.watch` can notice a change in time: the next poll is an hour away. */
const HINTS_ONLY: WatchOptions = { settle: 50, poll: 3_600_000 };
/** Nothing but a poll can: a file system that tells of no change. */
const POLLS_ONLY: WatchOptions = { settle: 20, poll: 50, watchFolder: () => ({ close: () => undefined }) };

function policiesIn(path: string): WatchedPath {
  return { path, holds: "policies" };
}

/** Plain paths are watched for policies. */
async function watched(paths: readonly (string | WatchedPath)[], options: WatchOptions): Promise<Watched> {
  let calls = 0;
  const problems: string[] = [];
  const count = (): void => {
    calls += 1;
  };
  const all = paths.map((path) => (typeof path === "string" ? policiesIn(path) : path));
  const watch = watchPaths(all, count, { onProblem: (message) => problems.push(message), ...options });
  ends.push(watch.close.bind(watch));
  await watch.ready;
  // The first look at what has only just been watched would see what no watch tells.
  if (options.watchFolder === undefined) await pause(200);
  return { calls: () => calls, problems, close: watch.close.bind(watch) };
}

/** Waits until something is true; fails after a time that no machine needs, before jest does. */
async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 100_000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error("nothing happened for 100 s");
    await pause(5);
  }
}

/** The calls when nothing is told any more; in short steps, since whoever stands still meanwhile has had time for nothing. */
async function callsAtRest(watch: Watched): Promise<number> {
  let calls = watch.calls();
  for (let rested = 0; rested < LONG_ENOUGH; rested = calls === watch.calls() ? rested + 5 : 0) {
    calls = watch.calls();
    await pause(5);
  }
  return calls;
}

/** Waits for as many calls, and long enough to count one too many. */
async function callsOf(watch: Watched, expected: number): Promise<number> {
  await until(() => watch.calls() >= expected);
  await pause(LONG_ENOUGH);
  return watch.calls();
}

describe.each([
  ["told by the system", HINTS_ONLY],
  ["found by polling", POLLS_ONLY],
])("a change %s is told once:", (_how, options) => {
  test("a file below a folder gets other content", async () => {
    const folder = await folderWith({ "policies/pack/rule.rego": "package a" });
    const watch = await watched([join(folder, "policies")], options);
    writeFileSync(join(folder, "policies/pack/rule.rego"), "package b");
    expect(await callsOf(watch, 1)).toBe(1);
  });

  test("another file is renamed over a bundle", async () => {
    const folder = await folderWith({ "dist/bundle.tar.gz": "one", "dist/.bundle.new": "two" });
    const watch = await watched([join(folder, "dist/bundle.tar.gz")], options);
    await rename(join(folder, "dist/.bundle.new"), join(folder, "dist/bundle.tar.gz"));
    expect(await callsOf(watch, 1)).toBe(1);
  });

  test("a file is deleted, and a file is created", async () => {
    const folder = await folderWith({ "a.rego": "a" });
    const watch = await watched([folder], options);
    await unlink(join(folder, "a.rego"));
    expect(await callsOf(watch, 1)).toBe(1);
    writeFileSync(join(folder, "a.rego"), "b");
    expect(await callsOf(watch, 2)).toBe(2);
  });

  test("a folder that does not exist yet appears with its folders", async () => {
    const folder = await folderWith({});
    const watch = await watched([join(folder, "not/yet")], options);
    mkdirSync(join(folder, "not/yet/pack"), { recursive: true });
    writeFileSync(join(folder, "not/yet/pack/rule.rego"), "package a");
    expect(await callsOf(watch, 1)).toBe(1);
    writeFileSync(join(folder, "not/yet/pack/rule.rego"), "package b");
    expect(await callsOf(watch, 2)).toBe(2);
  });

  test("a file that does not exist yet appears", async () => {
    const folder = await folderWith({});
    const watch = await watched([join(folder, "bundle.tar.gz")], options);
    writeFileSync(join(folder, "bundle.tar.gz"), "bytes");
    expect(await callsOf(watch, 1)).toBe(1);
  });

  test("the whole folder is replaced, and then a file in the new one", async () => {
    const folder = await folderWith({ "policies/rule.rego": "package a", "next/rule.rego": "package b" });
    const watch = await watched([join(folder, "policies")], options);
    await rm(join(folder, "policies"), { recursive: true });
    await rename(join(folder, "next"), join(folder, "policies"));
    await until(() => watch.calls() > 0);
    const calls = await callsAtRest(watch);
    writeFileSync(join(folder, "policies/rule.rego"), "package c");
    expect(await callsOf(watch, calls + 1)).toBe(calls + 1);
  });

  test("a file in a new sub-folder gets other content", async () => {
    const folder = await folderWith({ "rule.rego": "package a" });
    const watch = await watched([folder], options);
    mkdirSync(join(folder, "pack/deep"), { recursive: true });
    writeFileSync(join(folder, "pack/deep/rule.rego"), "package b");
    expect(await callsOf(watch, 1)).toBe(1);
    appendFileSync(join(folder, "pack/deep/rule.rego"), "\n");
    expect(await callsOf(watch, 2)).toBe(2);
  });

  test("an editor writes a temporary file and renames it", async () => {
    const folder = await folderWith({ "rule.rego": "package a" });
    const watch = await watched([folder], options);
    writeFileSync(join(folder, ".rule.rego.swp"), "swap");
    await rename(join(folder, "rule.rego"), join(folder, "rule.rego~"));
    writeFileSync(join(folder, "rule.rego"), "package b");
    await unlink(join(folder, "rule.rego~"));
    await until(() => watch.calls() > 0);
    await unlink(join(folder, ".rule.rego.swp"));
    await pause(LONG_ENOUGH);
    // The moment in which the file is missing can be as long as the machine likes.
    expect(watch.calls()).toBeLessThanOrEqual(2);
  });

  test("a ConfigMap volume is swapped, seen through a file and through the folder", async () => {
    const folder = await folderWith({
      "..2026_01/rule.rego": "package a",
      "..2026_02/rule.rego": "package b",
    });
    await symlink("..2026_01", join(folder, "..data"));
    await symlink("..data/rule.rego", join(folder, "rule.rego"));
    const asFolder = await watched([folder], options);
    const asFile = await watched([join(folder, "rule.rego")], options);
    await symlink("..2026_02", join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    await rm(join(folder, "..2026_01"), { recursive: true });
    expect(await callsOf(asFolder, 1)).toBe(1);
    expect(await callsOf(asFile, 1)).toBe(1);
  });

  test("the target of a link is written to, in a folder of its own", async () => {
    const folder = await folderWith({ "real/rule.rego": "package a", "policies/other.rego": "package o" });
    await symlink("../real/rule.rego", join(folder, "policies/rule.rego"));
    const watch = await watched([join(folder, "policies")], options);
    writeFileSync(join(folder, "real/rule.rego"), "package b");
    expect(await callsOf(watch, 1)).toBe(1);
  });

  test("one of thousands of files gets other content", async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `pack-${index % 30}/rule-${index}.rego`);
    const folder = await folderWith(Object.fromEntries(names.map((name) => [name, `# ${name}`])));
    const watch = await watched([folder], options);
    writeFileSync(join(folder, "pack-7/rule-1507.rego"), "package b");
    expect(await callsOf(watch, 1)).toBe(1);
  });
});

test("a file that is written to a new folder just before it is watched is told", async () => {
  const folder = await folderWith({ "rule.rego": "package a" });
  const watch = await watched([folder], { ...HINTS_ONLY, watchFolder: lateWatch });
  await mkdir(join(folder, "new"));
  expect(await callsOf(watch, 1)).toBe(1);
});

test("a write through another hard link is found by polling", async () => {
  const folder = await folderWith({ "elsewhere/rule.rego": "package a", "policies/other.rego": "package o" });
  await link(join(folder, "elsewhere/rule.rego"), join(folder, "policies/rule.rego"));
  const watch = await watched([join(folder, "policies")], { settle: 20, poll: 50 });
  writeFileSync(join(folder, "elsewhere/rule.rego"), "package b");
  expect(await callsOf(watch, 1)).toBe(1);
});

test("content of the same size and the same modification time is a change", async () => {
  const folder = await folderWith({ "rule.rego": "package a" });
  const time = new Date("2026-01-01T00:00:00Z");
  utimesSync(join(folder, "rule.rego"), time, time);
  // A file that was written a moment ago is read at every look.
  await pause(2_500);
  const watch = await watched([folder], POLLS_ONLY);
  writeFileSync(join(folder, "rule.rego"), "package b");
  utimesSync(join(folder, "rule.rego"), time, time);
  expect(await callsOf(watch, 1)).toBe(1);
});

describe("what changes nothing for a reader is not told:", () => {
  test.each([["told by the system", HINTS_ONLY] as const, ["found by polling", POLLS_ONLY] as const])(
    "a touch, the same bytes again, the same file replaced (%s)",
    async (_how, options) => {
      const folder = await folderWith({ "rule.rego": "package a", ".new": "package a" });
      const file = join(folder, "rule.rego");
      const watch = await watched([folder], options);
      utimesSync(file, new Date(), new Date());
      await pause(200);
      writeFileSync(file, readFileSync(file));
      await pause(200);
      await rename(join(folder, ".new"), file);
      expect(await callsOf(watch, 0)).toBe(0);
      writeFileSync(file, "package b");
      expect(await callsOf(watch, 1)).toBe(1);
    },
  );

  test("files that neither the build nor the loader reads", async () => {
    const folder = await folderWith({ "pack/rule.rego": "package a", ".git/HEAD": "main" });
    const watch = await watched([folder], HINTS_ONLY);
    const unrelated = [
      ".git/index.lock",
      ".git/a.yaml",
      "node_modules/p/package.json",
      "pack/.rule.rego.swp",
    ];
    for (const name of [
      ...unrelated,
      "pack/rule_test.rego",
      "pack/README.md",
      "pack/4913",
      "pack/rule.rego~",
    ]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), "anything");
      await pause(100);
    }
    await mkdir(join(folder, "empty"));
    expect(await callsOf(watch, 0)).toBe(0);
  });

  test("a YAML file among policies, and a Rego file among manifests", async () => {
    const folder = await folderWith({
      "policies/rule.rego": "package a",
      "bindings/binding.yaml": "kind: X",
    });
    const watch = await watched(
      [
        { path: join(folder, "policies"), holds: "policies" },
        { path: join(folder, "bindings"), holds: "manifests" },
      ],
      HINTS_ONLY,
    );
    writeFileSync(join(folder, "policies/fixture.yaml"), "kind: Pod");
    writeFileSync(join(folder, "bindings/rule.rego"), "package b");
    expect(await callsOf(watch, 0)).toBe(0);
    writeFileSync(join(folder, "policies/data.yaml"), "a: 1");
    expect(await callsOf(watch, 1)).toBe(1);
    writeFileSync(join(folder, "bindings/second.yaml"), "kind: Y");
    expect(await callsOf(watch, 2)).toBe(2);
  });

  test("a file beside a file that is named itself", async () => {
    const folder = await folderWith({ "bundle.tar.gz": "one", binding: "kind: X" });
    const watch = await watched([join(folder, "bundle.tar.gz"), join(folder, "binding")], HINTS_ONLY);
    writeFileSync(join(folder, "other.yaml"), "kind: Y");
    expect(await callsOf(watch, 0)).toBe(0);
    writeFileSync(join(folder, "binding"), "kind: Z");
    expect(await callsOf(watch, 1)).toBe(1);
  });
});

describe("a burst", () => {
  test("of writes to many files is told once, after its end", async () => {
    const settle = 800;
    let counted: readonly number[] = [];
    // Where the machine stands still, the burst lasts longer than its end is waited for: then once more.
    while (counted.length === 0) {
      const folder = await folderWith({ "a.rego": "" });
      const watch = await watched([folder], { settle, poll: 3_600_000 });
      const start = performance.now();
      for (const name of ["a", "b", "c", "d", "e"]) {
        writeFileSync(join(folder, `${name}.rego`), `package ${name}`);
        await pause(20);
      }
      if (performance.now() - start < settle) counted = [watch.calls(), await callsOf(watch, 1)];
    }
    expect(counted).toEqual([0, 1]);
  });

  test("that never ends is told nevertheless", async () => {
    // So many files that there is a write during every look.
    const files = Array.from({ length: 500 }, (_, index) => [`rule-${index}.rego`, ""]);
    const folder = await folderWith(Object.fromEntries(files));
    const watch = await watched([folder], { settle: 100, poll: 3_600_000 });
    let writes = 0;
    const endless = setInterval(() => writeFileSync(join(folder, "a.rego"), `# ${(writes += 1)}`), 1);
    ends.push(() => clearInterval(endless));
    expect(await callsOf(watch, 2)).toBeGreaterThanOrEqual(2);
  });
});

describe("trouble", () => {
  test("a file whose permissions are lost and regained is told both times", async () => {
    const folder = await folderWith({ "rule.rego": "package a" });
    await asOrdinaryUser(folder);
    const watch = await watched([folder], HINTS_ONLY);
    await chmod(join(folder, "rule.rego"), 0o000);
    expect(await callsOf(watch, 1)).toBe(1);
    await chmod(join(folder, "rule.rego"), 0o600);
    expect(await callsOf(watch, 2)).toBe(2);
    expect(watch.problems).toEqual([]);
  });

  test("a folder whose permissions are lost and regained is told both times", async () => {
    const folder = await folderWith({ "policies/rule.rego": "package a" });
    await asOrdinaryUser(folder, join(folder, "policies"));
    const watch = await watched([join(folder, "policies")], HINTS_ONLY);
    await chmod(join(folder, "policies"), 0o000);
    expect(await callsOf(watch, 1)).toBe(1);
    await chmod(join(folder, "policies"), 0o700);
    expect(await callsOf(watch, 2)).toBe(2);
    await mkdir(join(folder, "policies/hidden"), { mode: 0o000 });
    expect(await callsOf(watch, 3)).toBe(3);
  });

  test.each(["ENOSPC", "EMFILE"])(
    "too many watches (%s) are said once, and polling goes on",
    async (code) => {
      const folder = await folderWith({ "a/rule.rego": "package a", "b/rule.rego": "package b" });
      const watch = await watched([folder], { settle: 20, poll: 50, watchFolder: oneWatchThen(code) });
      writeFileSync(join(folder, "b/rule.rego"), "package c");
      expect(await callsOf(watch, 1)).toBe(1);
      expect(watch.problems).toEqual([expect.stringContaining(code)]);
    },
  );

  test("a pipe that nobody writes to and links that lead in a circle do no harm", async () => {
    const folder = await folderWith({ "pack/rule.rego": "package a" });
    await symlink("..", join(folder, "pack/circle"));
    await symlink("self.rego", join(folder, "self.rego"));
    await promisify(execFile)("mkfifo", [join(folder, "pipe.rego")]);
    const watch = await watched([folder, join(folder, "pipe.rego")], HINTS_ONLY);
    writeFileSync(join(folder, "pack/rule.rego"), "package b");
    expect(await callsOf(watch, 1)).toBe(1);
  });

  test("files that vanish while they are read do no harm", async () => {
    const folder = await folderWith({ "stays.rego": "package a" });
    const watch = await watched([folder], { settle: 1, poll: 1 });
    for (let round = 0; round < 300; round += 1) {
      const file = join(folder, `pack-${round % 7}`, "rule.rego");
      await mkdir(dirname(file), { recursive: true });
      writeFileSync(file, String(round));
      await rm(dirname(file), { recursive: true });
    }
    const calls = await callsAtRest(watch);
    writeFileSync(join(folder, "stays.rego"), "package b");
    expect(await callsOf(watch, calls + 1)).toBe(calls + 1);
    expect(watch.problems).toEqual([]);
  });

  test("an exception in the callback is a problem to report, and the next change is told", async () => {
    const folder = await folderWith({ "rule.rego": "package a" });
    let calls = 0;
    const problems: string[] = [];
    const changed = (): void => {
      calls += 1;
      throw new Error("no reload");
    };
    const onProblem = (message: string): void => {
      problems.push(message);
      throw new Error("nor a log");
    };
    const watch = watchPaths([policiesIn(folder)], changed, { ...HINTS_ONLY, onProblem });
    ends.push(() => watch.close());
    await watch.ready;
    writeFileSync(join(folder, "rule.rego"), "package b");
    await until(() => calls === 1);
    writeFileSync(join(folder, "rule.rego"), "package c");
    await until(() => calls === 2);
    expect(problems).toEqual(Array.from({ length: 2 }, () => expect.stringContaining("no reload")));
  });
});

test("while no file can be opened nothing counts as changed, which is said once; then it goes on", async () => {
  const folder = await folderWith({ "rule.rego": "package a" });
  const printed = await run(`
    const watch = watchPaths([${JSON.stringify(policiesIn(folder))}], () => { say("changed"); watch.close(); }, {
      settle: 20, poll: 50, onProblem: (message) => say(message.includes("EMFILE") ? "EMFILE" : message),
    });
    await watch.ready;
    const opened = [];
    try { for (;;) opened.push(openSync("/dev/null")); } catch { say("full"); }
    await until(() => said.includes("EMFILE"));
    await pause(500);
    for (const file of opened) closeSync(file);
    await pause(500);
    say("free");
    writeFileSync(${JSON.stringify(join(folder, "rule.rego"))}, "package b");
    await until(() => said.includes("changed"));`);
  expect(printed).toBe("full EMFILE free changed ");
});

describe("the end", () => {
  test("nothing is called after close", async () => {
    const folder = await folderWith({ "rule.rego": "package a" });
    const watch = await watched([folder], { settle: 50, poll: 50 });
    writeFileSync(join(folder, "rule.rego"), "package b");
    watch.close();
    expect(await callsOf(watch, 0)).toBe(0);
  });

  test.each(["", "watch.close();"])("a process ends while it watches, and after `%s`", async (end) => {
    const folder = await folderWith({ "rule.rego": "package a" });
    const printed = await run(`
      const watch = watchPaths([${JSON.stringify(policiesIn(folder))}], () => undefined);
      await watch.ready;
      ${end}
      say("watched");`);
    expect(printed).toBe("watched ");
  });
});

/** Runs a program in a process that may have 64 files open, and gives what it says. */
async function run(program: string): Promise<string> {
  const source = `
    import { closeSync, openSync, writeFileSync } from "node:fs";
    import { setTimeout as pause } from "node:timers/promises";
    import { watchPaths } from ${JSON.stringify(new URL("watch-paths.ts", import.meta.url).href)};
    const said = [];
    const say = (word) => { said.push(word); process.stdout.write(word + " "); };
    const until = async (holds) => { while (!holds()) await pause(5); };
    ${program}`;
  const shell = 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"';
  const { stdout } = await promisify(execFile)("sh", ["-c", shell, process.execPath, source], {
    timeout: 60_000,
  });
  return stdout;
}

/** Like a system that is slow to watch: something is written meanwhile. */
const lateWatch: WatchFolder = (folder, told, failed) => {
  if (folder.endsWith("new")) writeFileSync(join(folder, "late.rego"), "package b");
  return watchFolder(folder, told, failed);
};

/** Like a system whose limit is reached after one watch. */
function oneWatchThen(code: string): WatchFolder {
  let watches = 0;
  return (folder, told, failed) => {
    watches += 1;
    if (watches > 1) throw Object.assign(new Error(`${code}: too many`), { code });
    return watchFolder(folder, told, failed);
  };
}

/** Permissions mean nothing to root, so root becomes `nobody` for the rest of the test. */
async function asOrdinaryUser(...folders: readonly string[]): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const nobody = 65_534;
  for (const folder of folders) {
    await chown(folder, nobody, nobody);
    await promisify(execFile)("chown", ["-R", String(nobody), folder]);
  }
  process.seteuid?.(nobody);
  ends.push(() => process.seteuid?.(0));
}
