// oxlint-disable jest/no-standalone-expect -- the rule does not see that `endToEnd` is `describe` or `describe.skip`
import { expect, test } from "@jest/globals";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { controlPlaneForTests } from "../cluster/for-tests.ts";

const { describe: endToEnd, controlPlane } = await controlPlaneForTests("a control plane with a Node", {
  nodes: true,
});

function kubectl(...args: readonly string[]): ReturnType<ControlPlane["kubectl"]> {
  return controlPlane().kubectl(args);
}

endToEnd("a control plane with a Node", () => {
  test("runs the Pods of a Deployment, and ends them with it", async () => {
    await kubectl("create", "deployment", "web", "--image=registry.example/web:1", "--replicas=2");
    const rollout = await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    expect(rollout).toMatchObject({ code: 0, stdout: expect.stringContaining("successfully rolled out") });
    const where = "--output=jsonpath={.items[*].spec.nodeName} {.items[*].status.phase}";
    expect((await kubectl("get", "pods", where)).stdout).toBe("node-1 node-1 Running Running");
    await kubectl("delete", "deployment", "web", "--cascade=foreground", "--timeout=60s");
    // kubectl has waited for the Deployment; a Pod may be there a moment longer.
    await kubectl("wait", "--for=delete", "pods", "--all", "--timeout=60s");
    expect((await kubectl("get", "pods", "--output=name")).stdout).toBe("");
  });
});
