import { expect, test } from "@jest/globals";
import { cacheFolder } from "./cache-folder.ts";

test.each([
  ["XDG_CACHE_HOME wins everywhere", { XDG_CACHE_HOME: "/x" }, "darwin", "/x/portcullis"],
  ["an empty XDG_CACHE_HOME counts as none", { XDG_CACHE_HOME: "" }, "linux", "/home/me/.cache/portcullis"],
  ["Linux has ~/.cache", {}, "linux", "/home/me/.cache/portcullis"],
  ["macOS has ~/Library/Caches", {}, "darwin", "/home/me/Library/Caches/portcullis"],
  ["Windows has LOCALAPPDATA", { LOCALAPPDATA: "/local" }, "win32", "/local/portcullis"],
  ["Windows without it has its usual value", {}, "win32", "/home/me/AppData/Local/portcullis"],
] as const)("%s", (_, environment, platform, folder) => {
  expect(cacheFolder(environment, platform, "/home/me")).toBe(folder);
});
