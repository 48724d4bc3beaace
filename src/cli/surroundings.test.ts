import { expect, test } from "@jest/globals";
import { PortcullisError } from "../error.ts";
import { readEnvironment } from "./surroundings.ts";

/** What is wrong with these variables. */
function refused(env: Readonly<Record<string, string>>): Pick<PortcullisError, "message" | "remedy"> {
  try {
    readEnvironment({ env, platform: "linux", arch: "x64" });
  } catch (error) {
    if (error instanceof PortcullisError) return { message: error.message, remedy: error.remedy };
    throw error;
  }
  throw new Error("Nothing is wrong with them.");
}

test("a port that is none is told with what it may be", () => {
  expect(refused({ PORT: "https" })).toEqual({
    message: 'PORT is "https", which is no port.',
    remedy: "Set PORT to a number from 0 to 65535.",
  });
});

test("what a kubelet has set for a Service called metrics is told with what keeps it from that", () => {
  expect(refused({ METRICS_PORT: "tcp://10.96.3.7:80" })).toEqual({
    message: 'METRICS_PORT is "tcp://10.96.3.7:80", which is no port.',
    remedy:
      "Say `enableServiceLinks: false` in the spec of the Pod: a Service of its namespace has set METRICS_PORT.",
  });
});
