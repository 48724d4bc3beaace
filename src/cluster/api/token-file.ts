import type { KubeConfig } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { z } from "zod";

const USES_FILE = z.looseObject({ config: z.looseObject({ tokenFile: z.string() }) });
const READS_FILE = z.looseObject({ name: z.literal("token-of-file"), file: z.string() });

/**
 * Has the account of a Pod present the token that its file holds at each call: the kubelet writes another before one ends.
 * The library keeps it for a minute by a clock that can be set, and so until the process ends where that is set back.
 */
export function readTokenAtEachCall(kubeConfig: KubeConfig): void {
  kubeConfig.users = kubeConfig.users.map((user) => {
    const { success, data } = USES_FILE.safeParse(user.authProvider);
    if (!success) return user;
    return { ...user, authProvider: { name: "token-of-file", file: data.config.tokenFile } };
  });
  kubeConfig.addAuthenticator({
    isAuthProvider: ({ authProvider }) => READS_FILE.safeParse(authProvider).success,
    applyAuthentication: async ({ authProvider }, options: RequestOptions) => {
      const { file } = READS_FILE.parse(authProvider);
      const token = (await readFile(file, "utf8")).trim();
      options.headers = Object.assign({}, options.headers, { Authorization: `Bearer ${token}` });
    },
  });
}
