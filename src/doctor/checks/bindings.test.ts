import { expect, test } from "@jest/globals";
import { ABSENT, found, seen, UNSEEN } from "../../../test/doctor/healthy.ts";
import { PortcullisError } from "../../error.ts";

test("a binding that cannot be loaded is told with its place, its code and what to do", () => {
  const error = new PortcullisError("BINDING_UNKNOWN_POLICY", {
    message: "There is no policy shop/lost.",
    remedy: "Name one that there is.",
    position: { file: "policybinding/x of the cluster" },
  });
  expect(found({ bindings: seen(error) })).toEqual([
    "binding-invalid: policybinding/x of the cluster: There is no policy shop/lost. [BINDING_UNKNOWN_POLICY]",
  ]);
});

test("without policies nobody can tell whether bindings can be loaded", () => {
  const expected = { kind: "unknown", reason: "name the policies with --policies." } as const;
  expect(found({ expected })).toEqual([
    "not-checked: Whether the PolicyBindings can be loaded could not be looked at: name the policies with --policies.",
    "not-checked: Whether they are what the policies need could not be looked at: name the policies with --policies.",
  ]);
});

test("bindings that were not seen are not taken for good, whether they are hidden or have no resource", () => {
  expect(found({ bindings: ABSENT })).toEqual([
    "not-checked: The resource policybindings.policy.portcullis.dev could not be looked at: the cluster does not have it.",
  ]);
  expect(found({ bindings: UNSEEN })[0]).toMatch(/^not-checked: .*: you may not\.$/);
});
