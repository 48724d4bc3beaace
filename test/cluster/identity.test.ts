import { expect, test } from "@jest/globals";
import { identity, kubeconfig, tokenFile, tokenIn } from "./identity.ts";

const SERVER = { host: "127.0.0.1", port: 16443, ca: "-----BEGIN CERTIFICATE-----\n" };

test("the token file has one line for each user, with the groups as one field", () => {
  const developer = { name: "developer", groups: ["developers", "web"], token: "t1" };
  const admin = { name: "admin", groups: ["system:masters"], token: "t2" };
  expect(tokenFile([developer, admin])).toBe(
    '"t1","developer","developer","developers,web"\n"t2","admin","admin","system:masters"\n',
  );
});

test("a name cannot end its field of the token file", () => {
  const text = tokenFile([{ name: 'x","system:masters', groups: [], token: "t" }]);
  expect(text).toBe('"t","x"",""system:masters","x"",""system:masters",""\n');
});

test("two users never have the same token", () => {
  expect(identity("a", []).token).not.toBe(identity("a", []).token);
  expect(identity("a", []).token).toHaveLength(32);
});

test("a kubeconfig names the server, trusts its certificate and holds the token of one user", () => {
  const text = kubeconfig(SERVER, { name: "developer", groups: [], token: "t1" });
  expect(tokenIn(text)).toBe("t1");
  expect(JSON.parse(text)).toMatchObject({
    kind: "Config",
    clusters: [
      {
        cluster: {
          server: "https://127.0.0.1:16443",
          "certificate-authority-data": Buffer.from(SERVER.ca).toString("base64"),
        },
      },
    ],
    users: [{ name: "developer", user: { token: "t1" } }],
    contexts: [{ context: { user: "developer", namespace: "default" } }],
  });
});
