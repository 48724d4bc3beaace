import { expect, test } from "@jest/globals";
import { resolveResource } from "./resource.ts";

test.each([
  ["pods", ["pods"]],
  ["*", ["*"]],
  ["*.apps", ["*.apps"]],
  ["pods/exec", ["pods/exec"]],
  ["widgets.example.com", ["widgets.example.com"]],
  ["Pod", ["pods"]],
  ["Pod/ephemeralcontainers", ["pods/ephemeralcontainers"]],
  ["Deployment", ["deployments.apps"]],
  ["Deployment.apps", ["deployments.apps"]],
  ["Event", ["events", "events.events.k8s.io"]],
])("%s stands for %j", (name, names) => {
  expect(resolveResource(name)).toEqual({ names });
});

test.each([
  ["deployments", "`deployments` is no resource of the core group; did you mean `deployments.apps`?"],
  ["pod", "`pod` is no resource of the core group; did you mean `pods`?"],
  ["widgets", "`widgets` is no resource of the core group; a custom resource needs its group."],
  [
    "Widget",
    "`Widget` is no built-in kind. For a custom resource write the resource, e.g. widgets.example.com.",
  ],
  ["Deployment.batch", "`Deployment.batch` is no built-in kind; did you mean `Deployment.apps`?"],
  ["Pod/Exec", "`pods/Exec` is no resource such as pods, deployments.apps or pods/ephemeralcontainers."],
])("%s is refused", (name, problem) => {
  expect(resolveResource(name)).toEqual({ problem });
});
