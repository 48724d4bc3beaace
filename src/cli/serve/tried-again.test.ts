import { expect, test } from "@jest/globals";
import { z } from "zod";
import { apiError } from "../../cluster/api/error.ts";
import { readAnswer } from "../../cluster/api/read-answer.ts";
import { PortcullisError } from "../../error.ts";
import { triedAgain } from "./tried-again.ts";

test.each([
  [500, "Mend what the API server names; it is tried again by itself."],
  [429, "Mend what the API server names; it is tried again by itself."],
  [401, expect.stringMatching(/^Start the Pods of Portcullis again .*ServiceAccount/)],
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

test.each([
  [401, "Start the Pods of Portcullis again"],
  [403, "Apply the manifests of Portcullis again"],
])("a watch that is answered by %s is a matter of permissions, too", (statusCode, remedy) => {
  const cause = Object.assign(new Error("No"), { statusCode });
  const ended = new PortcullisError("CLUSTER_UNREACHABLE", { message: "m", remedy: "Wait.", cause });
  expect(triedAgain(ended)).toMatchObject({
    code: "CLUSTER_FORBIDDEN",
    message: "m",
    remedy: expect.stringContaining(remedy),
  });
});

/** What is thrown for an answer that is none. */
function noAnswer(): PortcullisError {
  try {
    readAnswer(z.object({ kind: z.string() }), {}, "Lease a/b");
  } catch (error) {
    if (error instanceof PortcullisError) return error;
  }
  throw new Error("it was taken");
}

test("who answers instead of the API server is looked for while it is tried again", () => {
  const error = noAnswer();
  expect(error.remedy).toMatch(/a proxy, for example\) and run the command again\.$/);
  expect(triedAgain(error).remedy).toMatch(/a proxy, for example\); it is tried again by itself\.$/);
});

test("another remedy stays", () => {
  const error = new PortcullisError("CLUSTER_REFUSED", { message: "m", remedy: "Delete it." });
  expect(triedAgain(error).remedy).toBe("Delete it.");
});
