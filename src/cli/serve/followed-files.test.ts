import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mountVolume } from "../../../test/mounted-volume.ts";
import { temporaryFolder } from "../../../test/policy-folder.ts";
import { PortcullisError } from "../../error.ts";
import { FollowedFiles } from "./followed-files.ts";

let folder: string;
/** Happens after the first file was read and before the second. */
let meanwhile: () => Promise<void> | void;
let reads: number;
let taken: string[];
let refused: string[];
let following: FollowedFiles<string> | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
  meanwhile = () => undefined;
  [reads, taken, refused, following] = [0, [], [], undefined];
});
afterEach(() => following?.close());

/** A Secret whose two files fit each other if they say the same. */
function mount(one: string, other = one): Promise<void> {
  return mountVolume(folder, { one, other });
}

async function readBoth(): Promise<string> {
  reads += 1;
  const one = await readFile(path.join(folder, "one"), "utf8");
  await meanwhile();
  const other = await readFile(path.join(folder, "other"), "utf8");
  if (one === other) return one;
  const message = `${one} and ${other} do not fit.`;
  throw new PortcullisError("CERTIFICATE_UNREADABLE", { message, remedy: "Mount two that fit." });
}

async function follow(): Promise<void> {
  following = await FollowedFiles.start({
    files: ["one", "other"].map((file) => path.join(folder, file)),
    read: readBoth,
    take: (value) => void taken.push(value),
    refuse: (errors) => void refused.push(...errors.map(({ message }) => message)),
    problem: (message) => {
      throw new Error(message);
    },
  });
}

/** The next read is in the middle of a swap to this Secret. */
function swapMeanwhile(content: string): void {
  meanwhile = async () => {
    meanwhile = () => undefined;
    await mount(content);
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

test("a Secret that is swapped between two of its files is taken whole, at the start", async () => {
  await mount("first");
  swapMeanwhile("second");
  await follow();
  expect([taken[0], refused]).toEqual(["second", []]);
});

test("a Secret that is swapped between two of its files is taken whole, after a change", async () => {
  await mount("first");
  await follow();
  swapMeanwhile("third");
  await mount("second");
  await until(() => taken.length > 1 || refused.length > 0);
  expect([taken[1], refused]).toEqual(["third", []]);
});

test("a file that is gone with the folder it was in is read where it is now", async () => {
  await mount("first");
  meanwhile = async () => {
    meanwhile = () => undefined;
    await mount("second");
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  await follow();
  expect([taken[0], refused]).toEqual(["second", []]);
});

test("what does not fit and is left alone is refused after one read", async () => {
  await mount("first", "other");
  await expect(follow()).rejects.toThrow("first and other do not fit.");
  expect(reads).toBe(1);
  await mount("first");
  await follow();
  await mount("second", "other");
  await until(() => refused.length > 0);
  expect([taken, refused[0]]).toEqual([["first"], "second and other do not fit."]);
});

test("files that change during every read are not read for ever", async () => {
  await mount("0");
  meanwhile = () => mount(String(reads));
  await expect(follow()).rejects.toThrow("4 and 5 do not fit.");
  expect(reads).toBe(5);
});
