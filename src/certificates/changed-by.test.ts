import { expect, test } from "@jest/globals";
import { changedBy } from "./changed-by.ts";

const at = (manager: string, second: number) => ({ manager, time: `2026-03-01T12:00:0${second}Z` });

test("is who wrote last, if Portcullis has not written since", () => {
  expect(changedBy([at("portcullis", 1), at("kubectl-edit", 2), at("argocd", 3)])).toBe("argocd");
  expect(changedBy([at("kubectl-edit", 2), at("portcullis", 2)])).toBe("kubectl-edit");
  expect(changedBy([at("kubectl-edit", 2), at("portcullis", 3)])).toBeUndefined();
});

test("is the one whom the API server names last of those who wrote in the same second", () => {
  const names = Array.from({ length: 20 }, (_, index) => `writer-${index}`);
  expect(changedBy(names.map((name) => at(name, 2)))).toBe("writer-19");
});

test("is nobody where nothing is known", () => {
  expect(changedBy([])).toBeUndefined();
  expect(changedBy([at("portcullis", 1)])).toBeUndefined();
});
