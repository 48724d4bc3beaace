import { expect, test } from "@jest/globals";
import { found, namespace, seen } from "../../../test/doctor/healthy.ts";

const LABEL = "policy.portcullis.dev/exempt";

test("namespaces with the label are listed, whatever its value", () => {
  const namespaces = seen([
    namespace("a", { [LABEL]: "" }),
    namespace("b"),
    namespace("c", { [LABEL]: "no" }),
  ]);
  expect(found({ namespaces })).toEqual([`namespaces-exempt: 2 namespaces have the label ${LABEL}: a, c.`]);
});

test("a long list is cut and says how many more there are", () => {
  const many = Array.from({ length: 23 }, (_, index) => namespace(`n${index}`, { [LABEL]: "" }));
  expect(found({ namespaces: seen(many) })[0]).toMatch(/n18, n19 and 3 more\.$/);
});
