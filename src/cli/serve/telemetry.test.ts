import { expect, jest, test } from "@jest/globals";
import { PortcullisError } from "../../error.ts";
import { startTelemetry } from "./telemetry.ts";

test("each certificate that is refused is counted, and the log is told what is news", async () => {
  const lines: string[] = [];
  const stdout = { write: (line: string) => lines.push(line) > 0 };
  const telemetry = startTelemetry({ stdout }, () => ({ waiting: 0, threads: 0 }));
  const error = new PortcullisError("CERTIFICATE_UNREADABLE", { message: "No.", remedy: "Mend it." });
  for (const isNews of [true, false, false]) telemetry.certificateRefused(error, isNews);
  expect(lines).toHaveLength(1);
  expect(await telemetry.metrics.text()).toContain(
    'portcullis_certificate_reloads_total{result="failure"} 3',
  );
});

test("a clock that is set changes nothing at one line a minute for each reason of a refusal", () => {
  const lines: string[] = [];
  const stdout = { write: (line: string) => lines.push(line) > 0 };
  const error = new PortcullisError("TLS_FAILED", { message: "No.", remedy: "Mend it." });
  const clock = jest.spyOn(Date, "now");
  try {
    const { rejected } = startTelemetry({ stdout }, () => ({ waiting: 0, threads: 0 }));
    for (const time of [5_000_000, 0, 9_000_000]) {
      clock.mockReturnValue(time);
      rejected(error);
    }
  } finally {
    clock.mockRestore();
  }
  expect(lines).toHaveLength(1);
});
