import { access, constants } from "node:fs/promises";

/** Whether this process may use the file or folder as `mode` says, one of the constants of `access`. Default: see it. */
export function isThere(file: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
