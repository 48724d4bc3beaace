import { expect, test } from "@jest/globals";
import { apiError } from "../../cluster/api/error.ts";
import { PortcullisError } from "../../error.ts";
import { triedAgain } from "./tried-again.ts";

test.each([
  [500, "Mend what the API server names; it is tried again by itself."],
  [429, "Mend what the API server names; it is tried again by itself."],
  [401, expect.stringContaining("Apply the manifests of Portcullis again")],
  [403, expect.stringContaining("Apply the manifests of Portcullis again")],
])("what is answered by %s is told to somebody who runs no command", (code, remedy) => {
  const error = apiError({ code, body: { message: "no" } }, "show it");
  const { code: same, message } = error;
  expect(triedAgain(error)).toMatchObject({ code: same, message, remedy });
});

test("an API server that is not there is no matter of a kubeconfig, and the cause is kept", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new PortcullisError("CLUSTER_UNREACHABLE", { message: "m", remedy: "kubectl", cause });
  expect(triedAgain(error)).toMatchObject({
    message: "m",
    remedy: expect.stringContaining("this Pod"),
    cause,
  });
});

test("a watch that is forbidden is a matter of permissions, too", () => {
  const cause = Object.assign(new Error("Forbidden"), { statusCode: 403 });
  const ended = new PortcullisError("CLUSTER_UNREACHABLE", { message: "m", remedy: "Wait.", cause });
  expect(triedAgain(ended)).toMatchObject({
    code: "CLUSTER_FORBIDDEN",
    message: "m",
    remedy: expect.stringContaining("Apply the manifests of Portcullis again"),
  });
});

test("another remedy stays", () => {
  const error = new PortcullisError("CLUSTER_REFUSED", { message: "m", remedy: "Delete it." });
  expect(triedAgain(error).remedy).toBe("Delete it.");
});
