import { Pace } from "../../cluster/api/pace.ts";
import type { Telemetry } from "./telemetry.ts";

/** Anybody who reaches the port may fail a handshake, so not each of them has the leader look. */
const LOOKS = { burst: 3, interval: 10_000 } as const;

/**
 * A caller that does not accept the certificate may have been told to trust something else: somebody has edited a
 * `caBundle`. Until it is put back every request under `Fail` is refused, so the leader looks at once. `now` in
 * milliseconds since some moment, which never go back and never jump.
 */
export function noticingMistrust(
  rejected: Telemetry["rejected"],
  look: () => void,
  now: () => number,
): Telemetry["rejected"] {
  const pace = new Pace({ ...LOOKS, now });
  return (error) => {
    rejected(error);
    if (error.code !== "TLS_FAILED" || !pace.allows()) return;
    pace.count();
    look();
  };
}
