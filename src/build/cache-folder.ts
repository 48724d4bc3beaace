import { join } from "node:path";
import type { Environment } from "./opa/run.ts";

/**
 * Where Portcullis keeps what it can make again: `$XDG_CACHE_HOME/portcullis` or what the platform uses instead.
 * `home` is the user's home folder.
 */
export function cacheFolder(environment: Environment, platform: NodeJS.Platform, home: string): string {
  const xdg = environment["XDG_CACHE_HOME"];
  if (xdg !== undefined && xdg !== "") return join(xdg, "portcullis");
  if (platform === "win32") {
    return join(environment["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "portcullis");
  }
  return platform === "darwin"
    ? join(home, "Library", "Caches", "portcullis")
    : join(home, ".cache", "portcullis");
}
