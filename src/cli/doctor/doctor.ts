import { doctorJson, doctorReport, type DoctorReport } from "../../doctor/report/report.ts";
import { doctorShortText, doctorText } from "../../doctor/report/text.ts";
import { progressOn } from "../progress.ts";
import type { Environment, ProcessSurroundings } from "../surroundings.ts";
import type { DoctorOptions } from "./options.ts";

/** Looks at an installation and gives the exit code: 1 if something is wrong with it or could not be looked at. */
export async function doctorCommand(
  options: DoctorOptions,
  environment: Environment,
  { stdout, stderr }: ProcessSurroundings,
): Promise<number> {
  // The client's library is large, and --help does not need it.
  const [{ apiRequests }, { clusterAccess }, { observe }, { diagnose }, { expectations }] = await Promise.all(
    [
      import("../../cluster/api/request.ts"),
      import("../../cluster/api/kubeconfig.ts"),
      import("../../doctor/observe/observe.ts"),
      import("../../doctor/diagnose.ts"),
      import("./expectations.ts"),
    ],
  );
  const access = clusterAccess(options);
  const { server } = access;
  const { service, output } = options;
  const observation = await observe({
    server,
    service,
    now: () => new Date(),
    send: apiRequests(access),
  });
  const { say } = progressOn(stderr, Date.now);
  const expected = await expectations(options, observation, environment, say);
  const report = doctorReport(
    { server, service: `${service.namespace}/${service.name}:${service.port}` },
    diagnose({ ...observation, ...expected }),
  );
  const color = stdout.isTTY === true && !environment.noColor;
  stdout.write(formatted(report, output, color));
  const { problem, unknown } = report.summary;
  return problem + unknown > 0 ? 1 : 0;
}

function formatted(report: DoctorReport, output: DoctorOptions["output"], color: boolean): string {
  switch (output) {
    case "json":
      return doctorJson(report);
    case "short":
      return doctorShortText(report, color);
    case "pretty":
      return doctorText(report, color);
  }
}
